/*
 * A process with three children and two threads, which then runs its program again; with known calls of the
 * kernel. Or many such, at once; or one that sleeps.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 3
#define WORKERS 4
#define CHILDREN_OF_WORKERS 25
#define THREADS 2
/* No kernel has these. */
#define NO_SYSCALL 4001
#define NO_SYSCALL_OF_TEXT 4002

static char text[] = "still there";

static void *thread(void *argument)
{
	syscall(SYS_getpgid, 0);
	return argument;
}

/* Workers whose children have a thread each and run the program again. */
static int storm(char *name)
{
	for (int i = 0; i < WORKERS; i++) {
		if (fork())
			continue;
		for (int j = 0; j < CHILDREN_OF_WORKERS; j++) {
			pthread_t other;

			if (fork()) {
				wait(NULL);
				continue;
			}
			pthread_create(&other, NULL, thread, NULL);
			pthread_join(other, NULL);
			execl("/proc/self/exe", name, "again", NULL);
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

/* With a text at an address that is known. */
static int asleep(void)
{
	char *at = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	strcpy(at, "asleep");
	return pause();
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	int status, ended = 0;

	if (argc > 1 && !strcmp(argv[1], "sleep"))
		return asleep();
	if (argc > 1 && !strcmp(argv[1], "storm"))
		return storm(argv[0]);
	if (argc > 1 && !strcmp(argv[1], "again"))
		return 0;
	for (int i = 1; i <= CHILDREN; i++) {
		if (!fork()) {
			syscall(NO_SYSCALL, i, 22L << 32, -3L, 44, 55, 66);
			syscall(NO_SYSCALL_OF_TEXT, text);
			_exit(i);
		}
		wait(&status);
		ended += WEXITSTATUS(status);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, thread, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	alarm(100 + ended);
	alarm(0);
	execl("/proc/self/exe", argv[0], "again", NULL);
	return 1;
}
