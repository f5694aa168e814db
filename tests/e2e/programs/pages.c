/*
 * Touches so many pages that it had not: in its first thread, in another, in a child, and as a program begun anew;
 * or few ones, without an end.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static char *fresh(int pages)
{
	char *memory = mmap(0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(memory, pages * PAGE, MADV_NOHUGEPAGE);
	return memory;
}

__attribute__((noinline)) int touch(volatile char *memory, int pages)
{
	for (int page = 0; page < pages; page++)
		memory[page * PAGE] = 1;
	return pages;
}

static long spent(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Has the processor for so many milliseconds. */
__attribute__((noinline)) int work(int ms)
{
	long begun = spent();

	while (spent() < begun + ms)
		;
	return ms;
}

static void *thread(void *unused)
{
	touch(fresh(300), 300);
	return unused;
}

int main(int count, char **words)
{
	pthread_t other;
	pid_t child;

	while (count > 1 && !strcmp(words[1], "always")) {
		touch(fresh(10), 10);
		usleep(20000);
	}
	if (count > 1) {
		touch(fresh(20), 20);
		return 0;
	}
	touch(fresh(100), 100);
	pthread_create(&other, 0, thread, 0);
	pthread_join(other, 0);
	touch(fresh(200), 200);
	child = fork();
	if (!child) {
		touch(fresh(50), 50);
		execl(words[0], words[0], "again", (char *)0);
		exit(1);
	}
	waitpid(child, 0, 0);
	work(300);
	return 0;
}
