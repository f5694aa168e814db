/* A library whose variables each thread has for its own. */
#include "held.h"

__thread int held = 7;
static __thread struct pair pairs[3];

static __attribute__((noinline)) void held_now(int number)
{
	__asm__ volatile("" : : "r"(number) : "memory");
}

void hold(int number)
{
	held_now(number);
	held += number + pairs[number % 3].left;
	pairs[2].left = held;
	held_now(number);
}
