/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * arm.h: the attachments, for the files that arm and disarm them.
 */
#ifndef STAPC_ARM_H
#define STAPC_ARM_H

#include <linux/ftrace.h>
#include <linux/hrtimer.h>
#include <linux/kprobes.h>
#include <linux/netfilter.h>
#include <linux/tracepoint.h>

#include "process.h"

enum stapc_how {
	STAPC_NOT_ARMED,
	STAPC_BY_FTRACE,
	STAPC_BY_BULK,
	STAPC_BY_KPROBE,
	STAPC_BY_KRETPROBE,
	STAPC_BY_UPROBE,
	STAPC_BY_TRACEPOINT,
	STAPC_BY_TIMER,
	STAPC_BY_EVENT,
	STAPC_BY_PERF,
	STAPC_BY_COUNTING,
	STAPC_BY_FILE,
	STAPC_BY_NETFILTER,
};

struct stapc_attachment {
	enum stapc_how how;
	bool resting; /* its condition does not hold: see conditions.c */
	bool untraced; /* ftrace is known to have no call there */
	u64 missed_before; /* when the session opened */
	struct kprobe helper; /* beside one in a module, if it has an address: see modules.c */
	u64 missed_kept; /* since then, by what was armed here before its module went */
	const struct stapc_probe *probe; /* right before `ops`: see stapc_ops() */
	union {
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
		struct ftrace_ops ops;
#endif
		struct kprobe kprobe;
		struct kretprobe kretprobe;
		struct stapc_uprobe *uprobe;
		struct tracepoint *tracepoint;
		struct stapc_event *event;
		struct {
			struct hrtimer timer;
			u64 random; /* if the interval varies */
		};
		struct perf_event *__percpu *counters;
		struct stapc_processes processes; /* in whose tasks something is counted */
		struct proc_dir_entry *file;
#ifdef CONFIG_NETFILTER
		struct nf_hook_ops hook;
#endif
	};
};

static_assert(offsetof(struct stapc_attachment, kprobe) ==
	      offsetof(struct stapc_attachment, probe) + sizeof(struct stapc_probe *));

/* arm.c: one for each of the program's probes. */
extern struct stapc_attachment *stapc_attachments;
int stapc_arm_one(struct stapc_attachment *a);
void stapc_disarm_one(struct stapc_attachment *a);
/* The same, of what may be armed again: what it has missed so far counts still. */
void stapc_disarm_for_now(struct stapc_attachment *a);
/* Hits that the kernel dropped since it was armed. */
u64 stapc_missed_by(const struct stapc_attachment *a);

/* perf.c: what the kernel counts, and accesses to memory, on each CPU that is there. */
int stapc_arm_perf(struct stapc_attachment *a);
int stapc_arm_data(struct stapc_attachment *a);
/* Handlers may still run until a grace period of RCU is over. */
void stapc_disarm_perf(struct stapc_attachment *a);

/* counting.c: whether the kernel can count for the probe in tasks that run its program; 0 or an error. */
int stapc_arm_counted(struct stapc_attachment *a);
/* From here on such tasks are counted: those that there are, and those that begin. 0 or an error, which is reported. */
int stapc_counting_start(void);
/* No longer; no handler reads what was counted. */
void stapc_counting_stop(void);
/* When no probe of a program is hit any more. */
void stapc_counting_free(void);

/* procfs.c */
int stapc_arm_file(struct stapc_attachment *a);
void stapc_disarm_file(struct stapc_attachment *a);

/* netfilter.c */
int stapc_arm_packet(struct stapc_attachment *a);
/* Handlers may still run until a grace period of RCU is over. */
void stapc_disarm_packet(struct stapc_attachment *a);

/* How a kprobe of it is registered. */
static inline u32 stapc_kprobe_flags(const struct stapc_attachment *a)
{
	return a->resting ? KPROBE_FLAG_DISABLED : 0;
}

/* timer.c */
void stapc_timer_start(struct stapc_attachment *a);

/*
 * conditions.c: asks all conditions before anything is armed, and has those probes rest whose do not hold.
 */
void stapc_conditions_begin(void);
bool stapc_condition_holds(u32 condition);
/* No probe is armed or disarmed by a condition any more; */
void stapc_conditions_close(void);
/* and when no handler runs any more, nothing will be. */
void stapc_conditions_stop(void);

/* bulk.c: entries of functions, if there are many; what cannot be armed so is left as it is. */
void stapc_bulk_arm(void);
/* Arms or disarms them as their conditions say. */
void stapc_bulk_follow(void);
void stapc_bulk_disarm(void);
/* All kprobes, but for those that have to go one by one. */
void stapc_bulk_disarm_kprobes(void);

/* function.c: places in functions, by what the kernel allows there. */
int stapc_arm_entry(struct stapc_attachment *a);
int stapc_arm_return(struct stapc_attachment *a);
int stapc_arm_kprobe(struct stapc_attachment *a);
void stapc_disarm_ftrace(struct stapc_attachment *a);
/* In between it may rest. */
void stapc_ftrace_rest(struct stapc_attachment *a);
int stapc_ftrace_wake(struct stapc_attachment *a);

/* modules.c: what a symbol is in: the kernel (false) or a module (true). */
static inline bool stapc_in_module(const char *symbol)
{
	return symbol && strchr(symbol, ':');
}

/*
 * From here on attachments and symbols of modules follow these as they come and
 * go, until unwatched; an error if the kernel will not say so. Nothing happens
 * between lock and unlock.
 */
int stapc_modules_watch(void);
void stapc_modules_unwatch(void);
void stapc_modules_lock(void);
void stapc_modules_unlock(void);
/* Arms when the session starts; it is no error that a module is not there (yet). */
int stapc_modules_arm(struct stapc_attachment *a);
/* Where a kprobe goes: of the kernel or a module. */
int stapc_place(struct kprobe *kprobe, const struct stapc_probe *probe);
void stapc_disarm_kprobe(struct stapc_attachment *a);
void stapc_disarm_kretprobe(struct stapc_attachment *a);
/*
 * Of one that has been armed: disarms what turns out to be in another module than
 * it was placed in, and sees to it that a module may go.
 */
int stapc_check_place(struct stapc_attachment *a, const struct kprobe *kprobe);

#endif /* STAPC_ARM_H */
