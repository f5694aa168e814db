/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * counted.h: what is counted in the tasks of programs, and what handlers read of it.
 */
#ifndef STAPC_COUNTED_H
#define STAPC_COUNTED_H

#include <linux/list.h>

#include "arm.h"

struct mm_struct;

/* perf.c: a counter of a task, or an error pointer. May sleep. */
struct perf_event *stapc_perf_of_task(const struct stapc_probe *probe, struct task_struct *task, bool disabled);

/* counting.c: probes that count in tasks, or for handlers. */
extern struct stapc_attachment **stapc_counting;
extern u32 stapc_counting_count;

enum stapc_counted_state {
	STAPC_COUNTED_FREE,
	STAPC_COUNTED_SOON, /* its counters are to be made */
	STAPC_COUNTED_NOW,
	STAPC_COUNTED_GONE, /* they are to be released */
};

/* A task and its counters. */
struct stapc_counted {
	struct task_struct *task; /* by which it is found; NULL: not at all */
	struct task_struct *held; /* the same, which is referred to until the slot is free */
	enum stapc_counted_state state;
	struct list_head work; /* if it is to be worked at */
	struct perf_event *events[]; /* by the position in stapc_counting; NULL or an error pointer: none */
};

/* counted.c: the slots; 0 or an error. */
int stapc_counted_init(void);
void stapc_counted_free(void);
/* A task may be one that is counted: it has this memory. */
void stapc_counted_look(struct task_struct *task, const struct mm_struct *mm);
/* It is counted no longer. */
void stapc_counted_drop(struct task_struct *task);
/* Nor is any. */
void stapc_counted_drop_all(void);
/* When all counters that are to be made or released are. */
void stapc_counted_settle(void);
struct stapc_counted *stapc_counted_find(const struct task_struct *task);

#endif /* STAPC_COUNTED_H */
