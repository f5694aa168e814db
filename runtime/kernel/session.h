/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * session.h: what the runtime's files know of each other. None of it is for
 * probe.c.
 */
#ifndef STAPC_SESSION_H
#define STAPC_SESSION_H

#include <linux/percpu.h>

#include "stapc.h"

struct dentry;
struct ftrace_regs;
struct pt_regs;
struct tracepoint;
struct poll_table_struct;
struct file;

/* The life of a session. It goes forward only. */
enum stapc_state {
	STAPC_LOADED,
	STAPC_STARTING, /* arming, begin points */
	STAPC_RUNNING,
	STAPC_STOPPING, /* disarming, end points */
	STAPC_STOPPED,
};

DECLARE_PER_CPU(struct stapc_cpu *, stapc_this_cpu_context);

/* session.c: may sleep; serialised by themselves. */
void stapc_session_exit(void);
int stapc_session_start(void);
int stapc_session_stop(void);
enum stapc_state stapc_session_state(void);
/* What the daemon's exit status should be: 0 or 1. */
int stapc_session_exit_code(void);
/* Whether the session wants to end (exit(), errors, overload). */
bool stapc_session_exit_requested(void);
/* Adds the waiter to those woken when it does. */
void stapc_session_poll_wait(struct file *file, struct poll_table_struct *table);
/*
 * Shuts the gate and asks the daemon to stop; with `failed` the error points
 * run and the exit code is 1. From any context.
 */
void stapc_session_request_exit(bool failed);
/* Output, an error record or a warning from outside a handler. */
void __printf(1, 2) stapc_session_print(const char *format, ...);
void __printf(1, 2) stapc_session_report(const char *format, ...);
void __printf(1, 2) stapc_session_warn(const char *format, ...);

/* hit.c: the contexts. */
int stapc_contexts_init(void);
void stapc_contexts_exit(void);
/* Starts the overload watch of each CPU. */
void stapc_contexts_start(void);
/*
 * The session ends for skipped hits, and the one that was too many had nothing to say so with: it may have met a
 * handler that writes.
 */
extern bool stapc_skips_unsaid;
#define STAPC_SKIPS_TEXT "ERROR: Skipped too many probes, check MAXSKIPPED: %lld"
u64 stapc_counter_sum(enum stapc_counter counter);
void stapc_count_add(struct stapc_cpu *c, enum stapc_counter counter, u64 amount);

/* timing.c: prints what was counted, if the program wants that. */
void stapc_times_report(void);

/* allocate.c: zeroed memory of the session, counted for STP_MAXMEMORY; NULL: there is not so much. */
void *stapc_allocate(size_t size, int node);
void stapc_free(const void *memory);
/*
 * The same for each CPU; free_percpu() gives it back. All modules together have a few kilobytes for what DEFINE_PER_CPU
 * defines, so that a large one would bound how many sessions there are at a time.
 */
void __percpu *stapc_allocate_each(size_t size, size_t align);
#define stapc_allocate_per_cpu(type) ((type __percpu *)stapc_allocate_each(sizeof(type), __alignof__(type)))
/* Counts memory that the kernel will allocate: whether there is so much. */
bool stapc_memory_take(u64 bytes);
/* Whether the program's own bound was met. */
bool stapc_memory_exceeded(void);

/* part.c: what is at this offset of a CPU's parts. */
void *stapc_part(int cpu, u32 offset);

/* map.c */
int stapc_maps_init(void);
void stapc_maps_exit(void);

/* symbol.c */
int stapc_symbols_init(void);
/* Where a symbol is now; 0 if nowhere. May sleep. */
unsigned long stapc_symbol_find(const char *name);
/*
 * Hands over the address of each symbol of the kernel itself that has this name, until `fn` gives an error. Whether
 * there were any; false too if the kernel does not say. May sleep.
 */
bool stapc_symbol_each(const char *name, int (*fn)(void *data, unsigned long address), void *data);

/* struct ftrace_regs holds a struct pt_regs, and that is what handlers look for. */
static inline struct ftrace_regs *stapc_fregs(struct pt_regs *regs)
{
	return (struct ftrace_regs *)((char *)regs - STAPC_K_FTRACE_REGS_PT_REGS);
}

/* tracepoint.c: the one that was armed, an error pointer if that cannot be. */
struct tracepoint *stapc_trace_arm(const struct stapc_probe *probe);
void stapc_trace_disarm(struct tracepoint *tracepoint, const struct stapc_probe *probe);

/* Where the tracepoint of this name is; NULL: there is none. */
struct tracepoint *stapc_trace_find(const char *name);

/* running.c: the processes that there are, before the gate opens; */
void stapc_running_collect(void);
/* and for each of them the begin points of processes, when it is open. May sleep. */
void stapc_running_begin(void);

struct stapc_uprobe;

/* uprobe.c: points in programs. An error pointer if it cannot be. */
struct stapc_uprobe *stapc_uprobe_arm(const struct stapc_probe *probe);
/* No handler begins any more; */
void stapc_uprobe_disarm(struct stapc_uprobe *u);
/* and when this returns, none of any that was disarmed runs. */
void stapc_uprobes_settle(void);
/* Returns that were not handled because too many calls were under way. */
u64 stapc_uprobe_missed(const struct stapc_uprobe *u);

/* arm.c: what is not an armed point is passed over. */
int stapc_arm_init(void);
void stapc_arm_exit(void);
/* Function points. On failure all is disarmed again and the failure reported. */
int stapc_arm(void);
/* Timers, and from now on missed hits count. */
void stapc_arm_open(void);
/* Missed hits no longer count. */
void stapc_arm_shut(void);
/* When it returns, no handler runs or will run. */
void stapc_disarm(void);
/* Hits that the kernel dropped between open and shut. */
u64 stapc_arm_missed(void);

/* conditions.c */
int stapc_conditions_init(void);
void stapc_conditions_exit(void);
/* Probes rest or not as their conditions are behind the begin points, */
void stapc_conditions_settle(void);
/* and from here on as these change. */
void stapc_conditions_open(void);

/* counting.c: what a counter has counted; false: it had to stop. In any context. */
bool stapc_counter_read(s64 number, s64 *to);

/* output.c */
enum stapc_record_kind {
	STAPC_RECORD_OUTPUT,
	STAPC_RECORD_WARNING,
	STAPC_RECORD_ERROR,
	STAPC_RECORD_COMMAND, /* for the daemon to run */
};

int stapc_output_init(struct dentry *directory);
void stapc_output_exit(void);
/* Makes everything visible to poll(). */
void stapc_output_flush(void);
/* Writes the first `len` bytes of c->out. On the context's CPU, which is busy. */
void stapc_output_write(struct stapc_cpu *c, enum stapc_record_kind kind, u32 len);

/* print.c: writes the output gathered so far. */
void stapc_output_commit(struct stapc_cpu *c);

/* fault.c: the message of c's fault, without "ERROR: "; its length. */
u32 stapc_fault_message(const struct stapc_cpu *c, char *to, u32 size);

/* helpers/guru.c: signals that handlers send; when the second returns, none is on its way. */
int stapc_signals_init(void);
void stapc_signals_exit(void);

/* user_stack.c: what is kept of the last stack that was walked. */
int stapc_walks_init(void);
void stapc_walks_exit(void);

/* backtrace.c: how deep stacks are followed, how many addresses the program wants of a whole one, and those as text. */
#define STAPC_STACK_DEPTH 64
u32 stapc_stack_most(void);
/* At most so many return addresses of a task, from where its registers are, or where it waits. */
u32 stapc_stack_unwind(struct task_struct *task, struct pt_regs *regs, unsigned long *to, u32 most);
void stapc_stack_string(struct stapc_str *to, const unsigned long *stack, u32 count);

/* Likewise: a string of the first bytes of c->message, as many as there is room for. */
void stapc_message_string(const struct stapc_cpu *c, struct stapc_str *to, u32 len);

/*
 * helpers/path.c: puts the names of a directory's entry and what it is in, up to `top`, before the text's byte
 * `*start`, which is then where they begin; what does not fit goes, from the front. False: a fault.
 */
bool __must_check stapc_path_text(struct stapc_cpu *c, u64 dentry, u64 top, char *text, u32 *start, u32 site);

struct pid_namespace;
struct user_namespace;

/* control.c: the daemon, and in whose numbers it counts; they stay while it has the control file open. */
struct stapc_daemon {
	int pid;
	u32 uid;
	struct pid_namespace *pids;
	struct user_namespace *users;
};

extern struct stapc_daemon stapc_daemon;

/* control.c, status.c */
int stapc_control_init(struct dentry *directory);
int stapc_status_init(struct dentry *directory);

#endif /* STAPC_SESSION_H */
