/* What each thread has for its own: of the program and of its library, before it is used and after. */
#include <pthread.h>

#include "held.h"

__thread int own = 10;
static __thread struct pair pair __attribute__((aligned(64))) = { 3, 4 };
__thread struct pair *other;

static __attribute__((noinline)) void look(int number)
{
	__asm__ volatile("" : : "r"(number), "r"(own), "r"(other) : "memory");
}

static void *work(void *number)
{
	look(*(int *)number);
	own += *(int *)number;
	pair.right = own;
	other = &pair;
	hold(*(int *)number);
	look(*(int *)number);
	return 0;
}

int main(void)
{
	for (int number = 1; number <= 3; number++) {
		pthread_t thread;

		pthread_create(&thread, 0, work, &number);
		pthread_join(thread, 0);
	}
	int number = 100;

	work(&number);
	return 0;
}
