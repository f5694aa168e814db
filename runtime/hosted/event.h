/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * event.h: what happens to a program, as it is written behind its C.
 */
#ifndef STAPC_HOSTED_EVENT_H
#define STAPC_HOSTED_EVENT_H

/* Bytes at an address of the kernel or of the task. */
struct hosted_memory {
	unsigned long long address;
	unsigned count;
	const unsigned char *bytes;
	int user;
};

struct hosted_event {
	const char *function; /* that is called, or returns */
	unsigned long long at; /* nanoseconds since the session began */
	int cpu;
	int returns;
	long long pid, tid;
	const char *execname;
	/* In the order of arguments, then the result's. */
	long long registers[7];
	const struct hosted_memory *memory;
	unsigned memory_count;
};

struct hosted_program {
	const struct hosted_event *events; /* by their times */
	unsigned events_count;
	unsigned long long duration; /* nanoseconds after which the session ends */
	long long epoch; /* nanoseconds from 1970 to the start */
	long long tick; /* that pass each time the time is asked for */
	int target;
};

extern const struct hosted_program hosted_program;

#endif /* STAPC_HOSTED_EVENT_H */
