/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Reads one byte of /dev/zero N times; prints the nanoseconds of the fastest of several rounds.
 * With a second argument it first says "ready" and waits for a line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1000;
	int fd = open("/dev/zero", O_RDONLY);
	long long best = -1;
	char byte;

	if (fd < 0 || count < 1)
		return 1;
	if (argc > 2) {
		puts("ready");
		fflush(stdout);
		getchar();
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
	printf("%lld\n", best);
	return 0;
}
