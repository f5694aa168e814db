#include <signal.h>
#include <unistd.h>

#include "link.h"

/* A chain of calls: main, middle, link_call, inner, back, innermost; and behind a signal fixed before that. */

int counted[64];
static volatile int none, turns;
static void (*volatile then)(void);

void innermost(void);

/* Of a size that no compiler changes. */
__attribute__((naked)) void fixed(void)
{
	__asm__("subq $24, %rsp\n"
		".cfi_adjust_cfa_offset 24\n"
		"call innermost\n"
		"addq $24, %rsp\n"
		".cfi_adjust_cfa_offset -24\n"
		"ret\n");
}

__attribute__((noipa)) void innermost(void)
{
	write(-1, counted, 1);
	none++;
}

/* A frame of a size that is not known beforehand. */
__attribute__((noipa)) void back(int size)
{
	char room[size + 1];

	room[size] = 0;
	link_keep(room);
	then();
	none++;
}

/* A stack that is aligned. */
__attribute__((noipa)) void middle(void)
{
	char room[64] __attribute__((aligned(64)));

	room[0] = 0;
	link_keep(room);
	link_call(back, 100);
	none++;
}

static void interrupted(int number)
{
	middle();
	none++;
}

__attribute__((noipa)) void outer(void)
{
	raise(SIGUSR1);
	none++;
}

/* Whoever looks at it at any time finds it called by main. */
__attribute__((noipa)) static int turn(int left)
{
	char room[left % 8 + 1];

	link_keep(room);
	return left ? turn(left - 1) + 1 : 0;
}

__attribute__((noipa)) static void spin(void)
{
	int i;

	for (i = 0; i < 6000000; i++)
		turns += turn(i % 8);
}

int main(int argc, char **argv)
{
	then = innermost;
	middle();
	none++;
	then = fixed;
	signal(SIGUSR1, interrupted);
	outer();
	none++;
	if (argc > 1)
		spin();
	return 0;
}
