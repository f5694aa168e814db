// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * uprobe.c: points in programs, by uprobes.
 *
 * A uprobe is of a file: it is in every process that maps that, now or later. Which of their hits count
 * is asked at each. Handlers run in the process, where it would have executed the probed instruction.
 *
 * A return probe that keeps values of the call keeps them in a table: a call is known by its task and
 * where its return address lies, and its slot is only ever read by that task.
 */
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uprobes.h>

#include "process.h"

/* Calls whose returns are probed that may be under way at once. */
#define STAPC_CALLS_ACTIVE 1024
/* A call is kept in one of so many slots. */
#define STAPC_WAYS 8

/* A call whose return is probed. */
struct stapc_call {
	struct task_struct *task; /* NULL: free. Claimed by cmpxchg(); else only its task looks. */
	u64 started; /* when the task was */
	pid_t pid;
	unsigned long sp; /* where the return address lies */
	s64 kept[]; /* what the call's handler keeps; 0 in the first: it was not handled */
};

struct stapc_uprobe {
	struct uprobe_consumer consumer;
	const struct stapc_probe *probe;
	struct path path;
	struct inode *inode; /* NULL: there is no path yet */
	struct stapc_processes processes;
#ifdef STAPC_HAS_UPROBE_NOSYNC
	struct uprobe *uprobe;
#endif
	char *calls; /* NULL: nothing is kept */
	size_t call_bytes;
	u32 sets; /* of STAPC_WAYS each; a power of two */
	atomic64_t missed;
	struct stapc_uprobe *next_gone;
};

#ifdef CONFIG_UPROBES

/* Those that were disarmed and may still be running. */
static struct stapc_uprobe *stapc_uprobes_gone;

static struct stapc_uprobe *stapc_uprobe_of(struct uprobe_consumer *consumer)
{
	return container_of(consumer, struct stapc_uprobe, consumer);
}

static struct stapc_call *stapc_call_at(const struct stapc_uprobe *u, u32 slot)
{
	return (struct stapc_call *)(u->calls + slot * u->call_bytes);
}

/* The first of the slots that a call may be in. */
static u32 stapc_call_set(const struct stapc_uprobe *u, unsigned long sp)
{
	unsigned long key = (unsigned long)current ^ (sp >> 3);

	return (hash_long(key, 32) & (u->sets - 1)) * STAPC_WAYS;
}

static bool stapc_call_is_own(const struct stapc_call *call)
{
	return READ_ONCE(call->task) == current && call->started == current->start_time;
}

static struct stapc_call *stapc_call_find(const struct stapc_uprobe *u, unsigned long sp)
{
	u32 set = stapc_call_set(u, sp), way;

	for (way = 0; way < STAPC_WAYS; way++) {
		struct stapc_call *call = stapc_call_at(u, set + way);

		if (stapc_call_is_own(call) && call->sp == sp)
			return call;
	}
	return NULL;
}

/* Whether the task of a slot has ended: it will never return. The slot may change meanwhile. */
static bool stapc_call_is_dead(const struct stapc_call *call)
{
	struct task_struct *task;
	bool dead;

	rcu_read_lock();
	task = pid_task(find_pid_ns(READ_ONCE(call->pid), &init_pid_ns), PIDTYPE_PID);
	dead = !task || task != READ_ONCE(call->task);
	rcu_read_unlock();
	return dead;
}

/* A slot for a call of the running task; NULL: there is none left. */
static struct stapc_call *stapc_call_new(struct stapc_uprobe *u, unsigned long sp)
{
	u32 set = stapc_call_set(u, sp), way;
	/* A call that was left by longjmp() never returned. */
	struct stapc_call *call = stapc_call_find(u, sp);

	if (call)
		return call;
	for (way = 0; way < 2 * STAPC_WAYS; way++) {
		struct task_struct *before;

		call = stapc_call_at(u, set + way % STAPC_WAYS);
		before = READ_ONCE(call->task);
		/* The second time round, also what nobody will come back for. */
		if (before && (way < STAPC_WAYS || !stapc_call_is_dead(call)))
			continue;
		if (cmpxchg(&call->task, before, current) != before)
			continue;
		call->started = current->start_time;
		WRITE_ONCE(call->pid, task_pid_nr(current));
		call->sp = sp;
		return call;
	}
	return NULL;
}

static void stapc_uprobe_call(struct stapc_uprobe *u, struct pt_regs *regs)
{
	const struct stapc_probe *before = u->probe - 1;
	struct stapc_call *call = stapc_call_new(u, regs->sp);

	if (!call) {
		atomic64_inc(&u->missed);
		return;
	}
	call->kept[0] = 0;
	before->entry((unsigned long)call->kept, regs->ip, stapc_ops(&before), stapc_fregs(regs));
	if (!call->kept[0])
		WRITE_ONCE(call->task, NULL);
}

/* Whether the hit counts. Here one may sleep, as in no handler: what is counted in the task is there when this returns. */
static bool stapc_uprobe_counts(const struct stapc_uprobe *u)
{
	if (!stapc_processes_count(&u->processes))
		return false;
	if (unlikely(atomic_read(&stapc_counted_soon)))
		stapc_counted_wait();
	return true;
}

#ifdef STAPC_HAS_UPROBE_DATA
#define STAPC_UPROBE_DATA , __u64 *data
#else
#define STAPC_UPROBE_DATA
#endif

static int stapc_uprobe_hit(struct uprobe_consumer *consumer, struct pt_regs *regs STAPC_UPROBE_DATA)
{
	struct stapc_uprobe *u = stapc_uprobe_of(consumer);

	if (!stapc_uprobe_counts(u))
		return 0;
	if (u->calls)
		stapc_uprobe_call(u, regs);
	else
		u->probe->entry(regs->ip, 0, stapc_ops(&u->probe), stapc_fregs(regs));
	return 0;
}

/* `function` is where the function that returns was entered. */
static int stapc_uprobe_return(struct uprobe_consumer *consumer, unsigned long function,
			       struct pt_regs *regs STAPC_UPROBE_DATA)
{
	struct stapc_uprobe *u = stapc_uprobe_of(consumer);
	struct stapc_call *call;

	if (!stapc_uprobe_counts(u))
		return 0;
	if (!u->calls) {
		u->probe->entry(0, function, stapc_ops(&u->probe), stapc_fregs(regs));
		return 0;
	}
	/* Returning has taken the return address from the stack. */
	call = stapc_call_find(u, regs->sp - sizeof(long));
	if (call) {
		u->probe->entry((unsigned long)call->kept, function, stapc_ops(&u->probe), stapc_fregs(regs));
		WRITE_ONCE(call->task, NULL);
	}
	return 0;
}

/* In which processes the instruction is changed at all. */
#ifdef STAPC_HAS_UPROBE_FILTER_CONTEXT
static bool stapc_uprobe_filter(struct uprobe_consumer *consumer, enum uprobe_filter_ctx context,
				struct mm_struct *mm)
#else
static bool stapc_uprobe_filter(struct uprobe_consumer *consumer, struct mm_struct *mm)
#endif
{
	return stapc_executes(mm, stapc_uprobe_of(consumer)->processes.inode);
}

static int stapc_uprobe_calls_init(struct stapc_uprobe *u)
{
	u32 active = u->probe->active ? min_t(u32, u->probe->active, 1 << 20) : STAPC_CALLS_ACTIVE;

	u->sets = roundup_pow_of_two(DIV_ROUND_UP(active, STAPC_WAYS));
	u->call_bytes = ALIGN(size_add(sizeof(struct stapc_call), u->probe->kept_bytes), sizeof(s64));
	u->calls = stapc_allocate(array3_size(u->sets, STAPC_WAYS, u->call_bytes), NUMA_NO_NODE);
	return u->calls ? 0 : -ENOMEM;
}

static int stapc_uprobe_register(struct stapc_uprobe *u)
{
#ifdef STAPC_HAS_UPROBE_NOSYNC
	u->uprobe = uprobe_register(u->inode, u->probe->offset, u->probe->semaphore, &u->consumer);
	return PTR_ERR_OR_ZERO(u->uprobe);
#else
	return uprobe_register_refctr(u->inode, u->probe->offset, u->probe->semaphore, &u->consumer);
#endif
}

static void stapc_uprobe_free(struct stapc_uprobe *u)
{
	if (u->inode)
		path_put(&u->path);
	stapc_processes_exit(&u->processes);
	stapc_free(u->calls);
	kfree(u);
}

static int stapc_uprobe_init(struct stapc_uprobe *u)
{
	const struct stapc_probe *probe = u->probe;
	bool returns = probe->kind == STAPC_RETURN;
	int error = kern_path(probe->path, LOOKUP_FOLLOW, &u->path);

	if (error)
		return error;
	u->inode = d_real_inode(u->path.dentry);
	error = stapc_processes_init(&u->processes, probe);
	if (error)
		return error;
	if (probe->executing)
		u->consumer.filter = stapc_uprobe_filter;
	if (returns)
		u->consumer.ret_handler = stapc_uprobe_return;
	if (!returns || probe->kept_bytes)
		u->consumer.handler = stapc_uprobe_hit;
	error = probe->kept_bytes ? stapc_uprobe_calls_init(u) : 0;
	return error ? error : stapc_uprobe_register(u);
}

struct stapc_uprobe *stapc_uprobe_arm(const struct stapc_probe *probe)
{
	struct stapc_uprobe *u = kzalloc(sizeof(*u), GFP_KERNEL);
	int error;

	if (!u)
		return ERR_PTR(-ENOMEM);
	u->probe = probe;
	error = stapc_uprobe_init(u);
	if (!error)
		return u;
	stapc_uprobe_free(u);
	return ERR_PTR(error);
}

void stapc_uprobe_disarm(struct stapc_uprobe *u)
{
#ifdef STAPC_HAS_UPROBE_NOSYNC
	uprobe_unregister_nosync(u->uprobe, &u->consumer);
#else
	uprobe_unregister(u->inode, u->probe->offset, &u->consumer);
#endif
	u->next_gone = stapc_uprobes_gone;
	stapc_uprobes_gone = u;
}

void stapc_uprobes_settle(void)
{
#ifdef STAPC_HAS_UPROBE_NOSYNC
	if (stapc_uprobes_gone)
		uprobe_unregister_sync();
#endif
	while (stapc_uprobes_gone) {
		struct stapc_uprobe *u = stapc_uprobes_gone;

		stapc_uprobes_gone = u->next_gone;
		stapc_uprobe_free(u);
	}
}

u64 stapc_uprobe_missed(const struct stapc_uprobe *u)
{
	return atomic64_read(&u->missed);
}

#else /* !CONFIG_UPROBES */

struct stapc_uprobe *stapc_uprobe_arm(const struct stapc_probe *probe)
{
	return ERR_PTR(-EOPNOTSUPP);
}

void stapc_uprobe_disarm(struct stapc_uprobe *u)
{
}

void stapc_uprobes_settle(void)
{
}

u64 stapc_uprobe_missed(const struct stapc_uprobe *u)
{
	return 0;
}

#endif
