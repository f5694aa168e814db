#include "library.h"

int scaled = 5;

static __attribute__((noinline)) int times(int value, int factor)
{
	return value * factor;
}

int scale(struct pair pair, int factor)
{
	scaled += times(pair.left, factor);
	return times(pair.right, factor) + scaled;
}
