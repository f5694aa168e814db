/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * process.h: processes that run programs, and what happens to them.
 */
#ifndef STAPC_PROCESS_H
#define STAPC_PROCESS_H

#include <linux/atomic.h>
#include <linux/path.h>
#include <linux/sched/task_stack.h>

#include "session.h"

/* processes.c: the processes in which hits of a probe count. */
struct stapc_processes {
	pid_t pid; /* 0: any */
	struct inode *inode; /* of the program that they run; NULL: any. Its path is referred to. */
	struct path path;
};

int stapc_processes_init(struct stapc_processes *processes, const struct stapc_probe *probe);
void stapc_processes_exit(struct stapc_processes *processes);
/* Whether one in a task does, which has this memory; NULL: none. */
bool stapc_processes_have(const struct stapc_processes *processes, struct task_struct *task, const struct mm_struct *mm);
/* Whether one in the current process does. */
bool stapc_processes_count(const struct stapc_processes *processes);
/* Whether who has this memory runs the program of that file. */
bool stapc_executes(const struct mm_struct *mm, const struct inode *inode);

/* The task that a handler is about: see running.c. */
static inline struct task_struct *stapc_current(void)
{
	return current == READ_ONCE(stapc_walker) ? READ_ONCE(stapc_walked) : current;
}

/* What it has outside of the kernel; all 0 of one that only another thread stands in for. */
extern struct pt_regs stapc_no_regs;
static inline struct pt_regs *stapc_user_regs(void)
{
	return current == READ_ONCE(stapc_walker) ? &stapc_no_regs : task_pt_regs(current);
}

struct stapc_event;

/* events.c: what happens to processes. An error pointer if it cannot be armed. */
struct stapc_event *stapc_event_arm(const struct stapc_probe *probe);
/* No handler begins any more; */
void stapc_event_disarm(struct stapc_event *event);
/* and when this returns, none of any that was disarmed runs. */
void stapc_events_settle(void);
/* Hits that the kernel dropped. */
u64 stapc_event_missed(const struct stapc_event *event);
/* It has happened to the current process: hits, if that counts. */
void stapc_event_hit(const struct stapc_event *event);

/* counted.c: tasks whose counters are not there yet. */
extern atomic_t stapc_counted_soon;
/* Waits, if the current task is one, but not for long. */
void stapc_counted_wait(void);

#endif /* STAPC_PROCESS_H */
