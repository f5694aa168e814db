/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Makes system calls as 32-bit programs do, with their numbers and the 32-bit layout of what they point to,
 * from the first to the last under the name `known32`. All of them fail but the last.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What 32 bits can point to. */
struct low {
	char gone[16], one[4], two[4], value[4];
	uint32_t args[3], environment[2], action[5];
	int32_t wrong_time[2], times[4];
};

static void call(long number, long a, long b, long c, long d, long e)
{
	__asm__ volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
}

int main(void)
{
	struct low *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
#define LOW(member) ((uint32_t)(uintptr_t)low->member)

	*low = (struct low){ "/nowhere/gone", "one", "two", "A=1", { LOW(one), LOW(two), 0 }, { LOW(value), 0 },
			     { 0x1234, 0x10000000, 0x5678, 0x4002, 0 }, { 0, -5 }, { 1, 2, 3, 4 } };
	prctl(PR_SET_NAME, "known32");
	call(5, LOW(gone), 0x41, 0600, 0, 0); /* open */
	call(295, -100, LOW(gone), 0, 0, 0); /* openat */
	call(11, LOW(gone), LOW(args), LOW(environment), 0, 0); /* execve */
	call(162, LOW(wrong_time), 0, 0, 0, 0); /* nanosleep */
	call(180, 999, 16, 8, 7, 1); /* pread64 */
	call(174, 15, LOW(action), 0, 9, 0); /* rt_sigaction */
	call(19, 999, -7, 1, 0, 0); /* lseek */
	call(104, 99, LOW(times), 0, 0, 0); /* setitimer */
	call(240, 16, 0, 7, LOW(times), 0); /* futex */
	call(195, LOW(gone), 16, 0, 0, 0); /* stat64 */
	call(182, LOW(gone), 65535, 5, 0, 0); /* chown16 */
	call(60, 022, 0, 0, 0, 0); /* umask */
	syscall(SYS_exit_group, 0);
}
