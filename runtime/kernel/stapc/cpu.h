/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * cpu.h: the context of one session on one CPU.
 *
 * Allocated when the module is loaded, found through one per-CPU pointer, used
 * by at most one handler at a time (`busy`), never freed before the last
 * handler has returned.
 */
#ifndef STAPC_CPU_H
#define STAPC_CPU_H

/*
 * What is counted on each CPU. Every hit ends in one of the others:
 * hits = handled + the sum of skipped_*.
 */
enum stapc_counter {
	STAPC_HITS,
	STAPC_HANDLED,
	STAPC_SKIPPED_REENTRY, /* the CPU was in a handler already */
	STAPC_SKIPPED_LOCK, /* a lock was not to be had in time */
	STAPC_SKIPPED_STACK, /* too little of the stack was left */
	STAPC_ERRORS, /* handlers abandoned by a fault */
	STAPC_LOST_RECORDS, /* records for which the buffer had no room */
	STAPC_LOST_BYTES, /* payload bytes in them */
	STAPC_COUNTERS
};

/* Bytes of output gathered before a record is written: the longest record. */
#define STAPC_OUT_SIZE 8192
/* Bytes behind them that may be overwritten: short texts are copied by words. */
#define STAPC_OUT_SLACK 32
/* The longest message of error() or warn(), NUL included. */
#define STAPC_MESSAGE_SIZE 512

/* Of the handler of one point on this CPU: ticks of the time stamp counter. */
struct stapc_time {
	u64 hits, sum, least, most;
};

struct stapc_probe;
struct stapc_regs;
struct stapc_element;

struct stapc_cpu {
	/* What the path of an uneventful hit touches comes first. */
	u8 busy; /* a handler is running on this CPU */
	u8 adding; /* it may add to parts that a timer collects */
	u32 cpu;
	union {
		struct {
			u16 fault; /* enum stapc_fault; 0 = none */
			u16 skip; /* enum stapc_counter of a skip; 0 = none */
			u32 out_used; /* bytes of `out` to be written */
		};
		u64 attention; /* nonzero: stapc_leave() has work to do */
	};
	u64 counters[STAPC_COUNTERS];
	const struct stapc_probe *probe; /* the point that was hit */
	u64 cycles; /* in handlers, since overload_since */
	u32 entered; /* low half of the time stamp counter */
	u32 overload_since; /* likewise */
	u32 depth; /* of script function calls */
	u32 iterate_used; /* of `iterate` */
	s32 fuel; /* statements left */
	char *frames; /* string slots of the running handler and its calls */
	char *out; /* STAPC_OUT_SIZE + STAPC_OUT_SLACK bytes, at a multiple of 8 */

	/* Where a fault left its details. */
	u32 fault_site;
	u64 fault_value;

	/* Snapshots of maps being iterated, a stack of `iterate_size` pointers. */
	struct stapc_element **iterate;
	u32 iterate_size;

	u64 long_hit; /* counters[STAPC_HITS] at the last very long one */
	u64 overload_since_full; /* the time stamp counter at overload_since */
	struct stapc_time *times; /* of each point, if the program wants them */
	u64 flags; /* the interrupted code's, if the program turns interrupts off */
	char *stack; /* the stack pointer at the handler's first call */
	/* If the program asks for stacks: registers of the hit, and the place that is probed, if they are behind it. */
	const struct stapc_regs *regs;
	unsigned long address;
	void *event; /* of points at events that have something to ask about: event.h */
	char *message; /* STAPC_MESSAGE_SIZE bytes: error()'s text, or one being made */
};

#endif /* STAPC_CPU_H */
