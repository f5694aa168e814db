/* Marks that are only made while somebody waits for them, and a label that is passed a known number of times. */
#define _SDT_HAS_SEMAPHORES 1
#include <stdio.h>
#include <sys/sdt.h>

#define KEPT __attribute__((noinline, noclone))
#define SEMAPHORE(name) volatile unsigned short name##_semaphore __attribute__((used, section(".probes")))

SEMAPHORE(marks_waited);
SEMAPHORE(marks_ignored);

KEPT static void mark(int round, const char *text)
{
	if (marks_waited_semaphore)
		STAP_PROBE2(marks, waited, round, text);
	if (marks_ignored_semaphore)
		STAP_PROBE1(marks, ignored, round);
}

KEPT static int again(int times)
{
	int done = 0;

more:
	__asm__ volatile("" : "+r"(done));
	if (++done < times)
		goto more;
	return done;
}

int main(void)
{
	char text[] = "known";
	int round, sum = 0;

	/* What is read is in memory. */
	__asm__ volatile("" : : "r"(text) : "memory");
	for (round = 0; round < 25; round++)
		mark(round, text);
	for (round = 0; round < 10; round++)
		sum += again(5);
	printf("semaphores: waited %d, ignored %d\n", marks_waited_semaphore, marks_ignored_semaphore);
	return sum != 50;
}
