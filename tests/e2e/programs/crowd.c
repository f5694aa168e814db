/* Processes and threads that call, leave by longjmp(), fork and end while they are probed. */
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))
#define THREADS 4
#define CALLS 50

static _Thread_local jmp_buf back;

__attribute__((optimize("no-optimize-sibling-calls"))) NOINLINE int work(int number, int depth)
{
	asm volatile("" : : : "memory");
	return depth > 0 ? work(number, depth - 1) + 1 : number;
}

/* Never returns. */
NOINLINE void leave(int number)
{
	asm volatile("" : : : "memory");
	longjmp(back, number);
}

/* Returns in two processes. */
NOINLINE int divide(int number)
{
	return fork() ? number : -number;
}

static void *calls(void *argument)
{
	for (volatile int i = 0; i < CALLS; i++) {
		work(i, 3);
		if (!setjmp(back))
			leave(i + 1);
	}
	return argument;
}

int main(int argc, char **argv)
{
	int children = argc > 1 ? atoi(argv[1]) : 1;

	for (int i = 1; i <= children; i++) {
		pthread_t threads[THREADS];

		if (divide(i) > 0)
			continue;
		for (int j = 0; j < THREADS; j++)
			pthread_create(&threads[j], NULL, calls, NULL);
		for (int j = 0; j < THREADS; j++)
			pthread_join(threads[j], NULL);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
