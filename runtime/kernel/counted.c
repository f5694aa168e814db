// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * counted.c: what is counted in the tasks of a program. Each task has counters of its own.
 *
 * A task is noticed where it begins or gets another program, in which one may not sleep; so its counters are made by
 * a work of the kernel. Who comes to a probe of a program before that is done waits for it there. The slot of a task
 * is given back where it ends or gets another program.
 *
 * Handlers read without a lock: a task only looks for its own slot, and only what happens in that task takes it away.
 * The memory of a counter is the kernel's, which frees it behind a grace period of RCU.
 */
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/perf_event.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "counted.h"
#include "process.h"

/* Tasks that are counted at once, and slots that one of them may be in. */
#define STAPC_COUNTED_TASKS 4096
#define STAPC_COUNTED_WAYS 16
/* How long a task waits for its counters at most, in ticks. */
#define STAPC_COUNTED_PATIENCE HZ

/* In place of a counter that is to be made. */
#define STAPC_COUNTER_SOON ((struct perf_event *)ERR_PTR(-EAGAIN))

atomic_t stapc_counted_soon;

#ifdef CONFIG_PERF_EVENTS

static char *stapc_counted_slots;
static size_t stapc_counted_bytes;
static DEFINE_RAW_SPINLOCK(stapc_counted_lock); /* of all slots but for their events */
static LIST_HEAD(stapc_counted_work);
static DECLARE_WAIT_QUEUE_HEAD(stapc_counted_waiters);
static bool stapc_counted_full, stapc_counted_warned;

static struct stapc_counted *stapc_counted_at(u32 slot)
{
	return (struct stapc_counted *)(stapc_counted_slots + slot * stapc_counted_bytes);
}

/* The first of the slots that a task may be in. */
static u32 stapc_counted_set(const struct task_struct *task)
{
	return hash_ptr(task, ilog2(STAPC_COUNTED_TASKS / STAPC_COUNTED_WAYS)) * STAPC_COUNTED_WAYS;
}

struct stapc_counted *stapc_counted_find(const struct task_struct *task)
{
	u32 set = stapc_counted_set(task), way;

	for (way = 0; stapc_counted_slots && way < STAPC_COUNTED_WAYS; way++) {
		struct stapc_counted *counted = stapc_counted_at(set + way);

		if (READ_ONCE(counted->task) == task)
			return counted;
	}
	return NULL;
}

/* Under the lock. */
static struct stapc_counted *stapc_counted_unused(const struct task_struct *task)
{
	u32 set = stapc_counted_set(task), way;

	for (way = 0; way < STAPC_COUNTED_WAYS; way++)
		if (stapc_counted_at(set + way)->state == STAPC_COUNTED_FREE)
			return stapc_counted_at(set + way);
	return NULL;
}

static void stapc_counted_worked(struct work_struct *work);
static DECLARE_WORK(stapc_counted_worker, stapc_counted_worked);

/* Under the lock. */
static void stapc_counted_set_state(struct stapc_counted *counted, enum stapc_counted_state state)
{
	if (counted->state == STAPC_COUNTED_SOON)
		atomic_dec(&stapc_counted_soon);
	if (state == STAPC_COUNTED_SOON)
		atomic_inc(&stapc_counted_soon);
	WRITE_ONCE(counted->state, state);
}

/* Under the lock. */
static void stapc_counted_put_to_work(struct stapc_counted *counted, enum stapc_counted_state state)
{
	stapc_counted_set_state(counted, state);
	if (list_empty(&counted->work))
		list_add_tail(&counted->work, &stapc_counted_work);
}

/* Leaves the task's counters, if it has any, to the work; whether it has. */
static bool stapc_counted_leave(struct task_struct *task)
{
	struct stapc_counted *counted;
	unsigned long flags;

	raw_spin_lock_irqsave(&stapc_counted_lock, flags);
	counted = stapc_counted_find(task);
	if (counted) {
		WRITE_ONCE(counted->task, NULL);
		stapc_counted_put_to_work(counted, STAPC_COUNTED_GONE);
	}
	raw_spin_unlock_irqrestore(&stapc_counted_lock, flags);
	return counted;
}

void stapc_counted_drop(struct task_struct *task)
{
	if (stapc_counted_leave(task))
		schedule_work(&stapc_counted_worker);
}

static bool stapc_counts_in(u32 position, struct task_struct *task, const struct mm_struct *mm)
{
	const struct stapc_attachment *a = stapc_counting[position];

	return a->how == STAPC_BY_COUNTING && stapc_processes_have(&a->processes, task, mm);
}

/* Under the lock: a slot for a task that has none. */
static void stapc_counted_add(struct task_struct *task, const struct mm_struct *mm)
{
	struct stapc_counted *counted = stapc_counted_unused(task);
	u32 i;

	if (!counted) {
		stapc_counted_full = true; /* the work says so */
		return;
	}
	for (i = 0; i < stapc_counting_count; i++)
		counted->events[i] = stapc_counts_in(i, task, mm) ? STAPC_COUNTER_SOON : NULL;
	get_task_struct(task);
	counted->held = task;
	stapc_counted_put_to_work(counted, STAPC_COUNTED_SOON);
	smp_store_release(&counted->task, task);
}

void stapc_counted_look(struct task_struct *task, const struct mm_struct *mm)
{
	bool wanted = false;
	unsigned long flags;
	u32 i;

	for (i = 0; i < stapc_counting_count && !wanted; i++)
		wanted = stapc_counts_in(i, task, mm);
	if (!wanted)
		return;
	raw_spin_lock_irqsave(&stapc_counted_lock, flags);
	if (!stapc_counted_find(task))
		stapc_counted_add(task, mm);
	raw_spin_unlock_irqrestore(&stapc_counted_lock, flags);
	schedule_work(&stapc_counted_worker);
}

/* Whether there is nothing to be made because the task has ended. */
static bool stapc_counted_make(struct stapc_counted *counted)
{
	bool ended = false;
	u32 i;

	for (i = 0; i < stapc_counting_count; i++) {
		const struct stapc_probe *probe = stapc_counting[i]->probe;
		struct perf_event *event;

		if (counted->events[i] != STAPC_COUNTER_SOON)
			continue;
		event = stapc_perf_of_task(probe, counted->held, false);
		ended |= event == ERR_PTR(-ESRCH);
		if (IS_ERR(event) && !ended)
			stapc_session_warn("WARNING: cannot count %s in a task (error %ld)", probe->point, PTR_ERR(event));
		smp_store_release(&counted->events[i], IS_ERR(event) ? NULL : event);
	}
	return ended;
}

static void stapc_counted_release(struct stapc_counted *counted)
{
	u32 i;

	for (i = 0; i < stapc_counting_count; i++) {
		struct perf_event *event = counted->events[i];

		WRITE_ONCE(counted->events[i], NULL);
		if (!IS_ERR_OR_NULL(event))
			perf_event_release_kernel(event);
	}
	put_task_struct(counted->held);
}

/* Works at a slot that was in `state`. */
static void stapc_counted_work_at(struct stapc_counted *counted, enum stapc_counted_state state)
{
	bool ended = state == STAPC_COUNTED_SOON && stapc_counted_make(counted);
	enum stapc_counted_state next = state == STAPC_COUNTED_SOON ? STAPC_COUNTED_NOW : STAPC_COUNTED_FREE;

	if (next == STAPC_COUNTED_FREE)
		stapc_counted_release(counted);
	raw_spin_lock_irq(&stapc_counted_lock);
	if (counted->state == state)
		stapc_counted_set_state(counted, next);
	raw_spin_unlock_irq(&stapc_counted_lock);
	wake_up_all(&stapc_counted_waiters);
	/* The work goes on with it: were it scheduled again here, who waits for its end would not wait for that. */
	if (ended)
		stapc_counted_leave(counted->held);
}

static void stapc_counted_worked(struct work_struct *work)
{
	enum stapc_counted_state state = STAPC_COUNTED_FREE;
	struct stapc_counted *counted;

	if (READ_ONCE(stapc_counted_full) && !stapc_counted_warned) {
		stapc_counted_warned = true;
		stapc_session_warn("WARNING: there are too many tasks to count in each");
	}
	do {
		raw_spin_lock_irq(&stapc_counted_lock);
		counted = list_first_entry_or_null(&stapc_counted_work, struct stapc_counted, work);
		if (counted) {
			list_del_init(&counted->work);
			state = counted->state;
		}
		raw_spin_unlock_irq(&stapc_counted_lock);
		if (counted)
			stapc_counted_work_at(counted, state);
		cond_resched();
	} while (counted);
}

static bool stapc_counted_is_soon(void)
{
	const struct stapc_counted *counted = stapc_counted_find(current);

	return counted && READ_ONCE(counted->state) == STAPC_COUNTED_SOON;
}

void stapc_counted_wait(void)
{
	if (stapc_counted_is_soon())
		wait_event_timeout(stapc_counted_waiters, !stapc_counted_is_soon(), STAPC_COUNTED_PATIENCE);
}

int stapc_counted_init(void)
{
	u32 i;

	stapc_counted_bytes = struct_size((struct stapc_counted *)NULL, events, stapc_counting_count);
	stapc_counted_slots = stapc_allocate(array_size(STAPC_COUNTED_TASKS, stapc_counted_bytes), NUMA_NO_NODE);
	if (!stapc_counted_slots)
		return -ENOMEM;
	for (i = 0; i < STAPC_COUNTED_TASKS; i++)
		INIT_LIST_HEAD(&stapc_counted_at(i)->work);
	return 0;
}

void stapc_counted_settle(void)
{
	flush_work(&stapc_counted_worker);
}

void stapc_counted_drop_all(void)
{
	u32 i;

	for (i = 0; stapc_counted_slots && i < STAPC_COUNTED_TASKS; i++) {
		struct task_struct *task = READ_ONCE(stapc_counted_at(i)->task);

		if (task)
			stapc_counted_drop(task);
	}
	stapc_counted_settle();
}

void stapc_counted_free(void)
{
	stapc_free(stapc_counted_slots);
	stapc_counted_slots = NULL;
}

#else

void stapc_counted_wait(void)
{
}

#endif
