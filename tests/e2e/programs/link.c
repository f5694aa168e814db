#include "link.h"

/* Its frames have no frame pointers where it is optimised. */

static const char *volatile kept;

void link_keep(const char *text)
{
	kept = text;
}

static __attribute__((noipa)) int inner(void (*function)(int), int argument)
{
	function(argument);
	return argument + 1;
}

int link_call(void (*function)(int), int argument)
{
	return inner(function, argument + 1) + 2;
}
