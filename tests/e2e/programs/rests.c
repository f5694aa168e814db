/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Calls two functions in turn, for four seconds. */
#include <time.h>
#include <unistd.h>

__attribute__((noinline)) int rests_work(int number)
{
	__asm__ volatile("" : "+r"(number));
	return number + 1;
}

__attribute__((noinline)) void rests_look(int number)
{
	__asm__ volatile("" : : "r"(number) : "memory");
}

int main(void)
{
	struct timespec begin, now;
	int i = 0;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		rests_work(i);
		rests_look(i++);
		usleep(1000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - begin.tv_sec < 4);
	return 0;
}
