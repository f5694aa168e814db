/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * program.h: what the program tells the runtime about itself.
 */
#ifndef STAPC_PROGRAM_H
#define STAPC_PROGRAM_H

enum stapc_probe_kind {
	STAPC_BEGIN,
	STAPC_END, /* after exit(), stop or the daemon's death */
	STAPC_ERROR, /* instead of STAPC_END, after too many errors */
	STAPC_NEVER, /* compiled, never run */
	STAPC_TIMER,
	STAPC_FUNCTION, /* entry of a kernel function */
	STAPC_CALL, /* call of one whose return is probed: run by STAPC_RETURN, which is the next one */
	STAPC_RETURN, /* return of one */
	STAPC_STATEMENT, /* an instruction */
	STAPC_TRACEPOINT, /* a call of the tracepoint that `symbol` names */
	STAPC_PROCESS_BEGIN, /* what happens to a process, here and below */
	STAPC_PROCESS_END,
	STAPC_THREAD_BEGIN, /* of others than its first thread */
	STAPC_THREAD_END,
	STAPC_SYSCALL,
	STAPC_SYSCALL_RETURN,
	STAPC_PERF, /* so many of what `perf` counts, on each CPU or in each task of a program */
	STAPC_COUNTER, /* the same without hits: handlers read it */
	STAPC_FILE, /* a reader or writer of a file of the session */
	STAPC_PACKET, /* a packet of the network that passes a hook */
	STAPC_CONDITION, /* asked whether others are armed */
	STAPC_DATA, /* an access to what is at `symbol` and `offset`, or at the address `offset` */
};

enum stapc_perf_unit {
	STAPC_PERF_EVENTS, /* after so many */
	STAPC_PERF_HERTZ, /* so many times in a second */
	STAPC_PERF_TICKS, /* after the nanoseconds of so many ticks */
};

struct stapc_probe {
	u8 kind; /* enum stapc_probe_kind */
	stapc_entry_fn entry;
	const char *point; /* the script's name of the point, for messages */
	/* Of points in code: the kernel's symbol or the program's file that it is counted from (0 if none), */
	const char *symbol, *path;
	u64 offset; /* and how many bytes behind */
	/* Of points in a program: where its file has the counter of those who watch the point, if > 0. */
	u64 semaphore;
	/* Of those, of processes and of what is counted: the program that a process must run to count, if not NULL; */
	const char *executing;
	u32 pid; /* and that process's number, if > 0 */
	/*
	 * Of STAPC_RETURN: bytes that the call keeps for it. If > 0 the probe before it is that of the call,
	 * whose handler keeps its values in what `ip` points to, and so says whether it has: in the first word.
	 */
	u32 kept_bytes;
	u32 condition; /* that it is armed by, if > 0; of STAPC_CONDITION its own number */
	u32 active; /* of STAPC_RETURN: calls that may be under way, if > 0 */
	bool with_return; /* of STAPC_FUNCTION: the program probes the function's return too */
	bool all_registers; /* of STAPC_FUNCTION: the handler reads more than arguments and the stack pointer */
	u64 interval_ns; /* of STAPC_TIMER */
	u64 jiffies; /* of STAPC_TIMER: the interval instead of interval_ns, if > 0 */
	u64 spread; /* of STAPC_TIMER: by how much the interval varies at most, less than itself; same unit */
	union {
		struct {
			u32 sort, unit; /* as perf_event_open's type; enum stapc_perf_unit */
			u64 config;
			u64 count; /* of STAPC_COUNTER: the number by which it is read */
		} perf;
		struct {
			u32 length; /* bytes */
			bool reads; /* not only writes count */
		} data;
		struct {
			const char *name;
			bool written; /* not read */
			u32 umask; /* permissions that it has not */
			u32 most; /* bytes that can be read, if > 0 */
		} file;
		struct {
			u32 family, hook;
			s32 priority;
		} packet;
	};
};

/*
 * Several probes may have one handler. It learns whose hit it handles by its `ops`, before which lies a pointer
 * to the probe.
 */
static inline struct ftrace_ops *stapc_ops(const struct stapc_probe *const *probe)
{
	return (struct ftrace_ops *)(probe + 1);
}

static inline __maybe_unused const struct stapc_probe *stapc_probe_of(const struct ftrace_ops *ops)
{
	return ((const struct stapc_probe *const *)ops)[-1];
}

/* A symbol of the kernel, and where it is: found when the module is loaded. */
struct stapc_symbol {
	const char *name;
	unsigned long address;
};

/* probe.c defines one, named stapc_program. */
struct stapc_program {
	u32 abi; /* STAPC_ABI */
	/* In order: begin, end and error points run in this order. */
	const struct stapc_probe *probes;
	u32 probes_count;
	u32 conditions_count; /* their numbers go from 1 on */
	struct stapc_map *const *maps;
	u32 maps_count;
	struct stapc_symbol *symbols;
	u32 symbols_count;
	const struct stapc_site *sites;
	u32 sites_count;
	u32 string_max; /* STAPC_STR_MAX */
	u32 frame_bytes; /* of c->frames: the largest need of any handler, calls included */
	/* Elements of all the foreach loops that can be nested, at most: in handlers that run at once, */
	u32 iterate_elements;
	/* and in begin, end and error points: those, and these for each CPU. */
	u32 session_iterate_elements;
	u32 session_iterate_per_cpu;
	/* The per-CPU globals: bytes of each CPU's parts, and the maps in them. */
	u32 parts_bytes;
	const struct stapc_part_map *part_maps;
	u32 part_maps_count;
	s64 max_errors; /* MAXERRORS */
	s64 max_skipped; /* MAXSKIPPED */
	struct stapc_limits limits; /* STAPC_LIMITS */
};

extern const struct stapc_program stapc_program;

#endif /* STAPC_PROGRAM_H */
