/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * limits.h: bounds of the runtime that a program may set, by macros of the names that the `-D` options
 * have behind STAPC_; and what holds if it does not. Those that concern emitted code are used here and in
 * hit.h, the others reach the runtime in stapc_program.
 */
#ifndef STAPC_LIMITS_H
#define STAPC_LIMITS_H

/* Attempts to get a lock before the hit is skipped, and the microseconds from one to the next. */
#ifndef STAPC_MAXTRYLOCK
#define STAPC_MAXTRYLOCK 1000
#endif
#ifndef STAPC_TRYLOCKDELAY
#define STAPC_TRYLOCKDELAY 20
#endif

/* Frames of a backtrace, at most STAPC_STACK_DEPTH. */
#ifndef STAPC_MAXBACKTRACE
#define STAPC_MAXBACKTRACE 20
#endif

/* Powers of two by which a map has more buckets than elements, or fewer if it is negative. */
#ifndef STAPC_MAPHASHBIAS
#define STAPC_MAPHASHBIAS 0
#endif

/* Bytes of the task's stack that must be left, or the hit is skipped; 0: not looked at. */
#ifdef STAPC_HOSTED
#undef STAPC_MINSTACKSPACE
#define STAPC_MINSTACKSPACE 0
#elif !defined(STAPC_MINSTACKSPACE)
#define STAPC_MINSTACKSPACE 1024
#endif

/* KiB that the session may take when it is loaded, its module included; 0: any. */
#ifndef STAPC_STP_MAXMEMORY
#define STAPC_STP_MAXMEMORY 0
#endif

/*
 * Ticks of the time stamp counter that handlers may have had on a CPU in each interval of such ticks.
 * STAPC_STP_NO_OVERLOAD: they are not counted.
 */
#ifndef STAPC_STP_OVERLOAD_THRESHOLD
#define STAPC_STP_OVERLOAD_THRESHOLD 500000000
#endif
#ifndef STAPC_STP_OVERLOAD_INTERVAL
#define STAPC_STP_OVERLOAD_INTERVAL 1000000000
#endif

/* Bytes that can be read of a file of the session; 0: those of a string. */
#ifndef STAPC_STP_PROCFS_BUFSIZE
#define STAPC_STP_PROCFS_BUFSIZE 0
#endif

/* 0: hits are handled with interrupts off, and those skipped by re-entry count for MAXSKIPPED. */
#if !defined(STAPC_INTERRUPTIBLE) || defined(STAPC_HOSTED)
#undef STAPC_INTERRUPTIBLE
#define STAPC_INTERRUPTIBLE 1
#endif

/* 1: how often and how long handlers ran is counted for each point, and printed at the session's end. */
#if !defined(STAPC_STP_TIMING) || defined(STAPC_HOSTED)
#undef STAPC_STP_TIMING
#define STAPC_STP_TIMING 0
#endif

struct stapc_limits {
	u64 lock_wait_us;
	u32 backtrace;
	s32 hash_bias;
	u32 memory_kb;
	u32 overload_threshold, overload_interval;
	u32 file_bytes;
	bool reentry_counts; /* for MAXSKIPPED */
	bool timing;
};

#define STAPC_LIMITS                                                                              \
	{                                                                                         \
		.lock_wait_us = (u64)STAPC_MAXTRYLOCK * STAPC_TRYLOCKDELAY,                        \
		.backtrace = STAPC_MAXBACKTRACE,                                                   \
		.hash_bias = STAPC_MAPHASHBIAS,                                                    \
		.memory_kb = STAPC_STP_MAXMEMORY,                                                  \
		.overload_threshold = STAPC_STP_OVERLOAD_THRESHOLD,                                \
		.overload_interval = STAPC_STP_OVERLOAD_INTERVAL,                                  \
		.file_bytes = STAPC_STP_PROCFS_BUFSIZE,                                            \
		.reentry_counts = !STAPC_INTERRUPTIBLE,                                            \
		.timing = STAPC_STP_TIMING,                                                        \
	}

#endif /* STAPC_LIMITS_H */
