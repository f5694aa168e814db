/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Reads one byte of /dev/zero N times; prints the nanoseconds of the fastest of several rounds.
 * With a second argument it first says "ready" and waits for a line; with a third, as many processes do so,
 * each on a processor of its own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Makes a process for each of some processors, which goes on when this is closed; in one of them, -1. */
static int start_on_each(int cpus)
{
	int ends[2];
	char byte;

	if (pipe(ends))
		exit(1);
	for (int cpu = 0; cpu < cpus; cpu++) {
		cpu_set_t set;

		if (fork())
			continue;
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			_exit(1);
		close(ends[1]);
		while (read(ends[0], &byte, 1) > 0)
			;
		return -1;
	}
	return ends[1];
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1000;
	int fd = open("/dev/zero", O_RDONLY);
	int release = argc > 3 ? start_on_each(atoi(argv[3])) : -1;
	long long best = -1;
	char byte;

	if (fd < 0 || count < 1)
		return 1;
	if (argc > 2 && (argc == 3 || release >= 0)) {
		puts("ready");
		fflush(stdout);
		getchar();
	}
	if (release >= 0) {
		int failed = 0;

		close(release);
		for (int status; wait(&status) > 0;)
			failed |= status;
		puts("done");
		return failed != 0;
	}
	for (int round = 0; round < 9; round++) {
		long long start = now();

		for (int i = 0; i < count; i++)
			if (read(fd, &byte, 1) != 1)
				return 1;
		long long time = now() - start;
		if (best < 0 || time < best)
			best = time;
	}
	if (argc < 4)
		printf("%lld\n", best);
	return 0;
}
