// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * running.c: the processes that run already when the session starts, for each of which its begin points are
 * hit once. They are not disturbed: a thread of the kernel stands in for each, with its memory.
 *
 * Who they are is asked just before the gate opens. One that runs another program since then has been hit as
 * it got that.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "arm.h"
#include "process.h"

/* How many more there may be than were counted. */
#define STAPC_RUNNING_MORE 64

struct stapc_running {
	struct task_struct *task; /* a thread of it; referred to */
	struct mm_struct *mm; /* likewise, without its users */
};

static struct stapc_running *stapc_running;
static u32 stapc_running_count;

static bool stapc_running_wanted(void)
{
	u32 i;

	for (i = 0; i < stapc_program.probes_count; i++)
		if (stapc_attachments[i].how == STAPC_BY_EVENT &&
		    stapc_attachments[i].probe->kind == STAPC_PROCESS_BEGIN)
			return true;
	return false;
}

static u32 stapc_processes_now(void)
{
	struct task_struct *process;
	u32 count = 0;

	rcu_read_lock();
	for_each_process(process)
		count++;
	rcu_read_unlock();
	return count;
}

/* Adds a process, if it has memory: by its first thread, or another if that has ended. */
static void stapc_running_add(struct task_struct *process)
{
	struct stapc_running *running = &stapc_running[stapc_running_count];
	struct task_struct *thread;

	for_each_thread(process, thread) {
		task_lock(thread);
		running->mm = thread->flags & PF_KTHREAD ? NULL : thread->mm;
		if (running->mm)
			mmgrab(running->mm);
		task_unlock(thread);
		if (running->mm) {
			running->task = thread;
			get_task_struct(thread);
			stapc_running_count++;
			return;
		}
	}
}

void stapc_running_collect(void)
{
	struct task_struct *process;
	u32 size;

	if (!stapc_running_wanted())
		return;
	size = stapc_processes_now() + STAPC_RUNNING_MORE;
	stapc_running = stapc_allocate(array_size(size, sizeof(*stapc_running)), NUMA_NO_NODE);
	if (!stapc_running) {
		stapc_session_warn("no memory to look at the processes that run already");
		return;
	}
	rcu_read_lock();
	for_each_process(process)
		if (stapc_running_count < size)
			stapc_running_add(process);
	rcu_read_unlock();
}

/* Hits the begin points for a process. Its memory is the running thread's. */
static void stapc_running_hit(const struct stapc_running *running)
{
	u32 i;

	WRITE_ONCE(stapc_walked, running->task);
	WRITE_ONCE(stapc_walker, current);
	for (i = 0; i < stapc_program.probes_count; i++) {
		const struct stapc_attachment *a = &stapc_attachments[i];
		bool begins = a->how == STAPC_BY_EVENT && a->probe->kind == STAPC_PROCESS_BEGIN;

		if (begins && READ_ONCE(running->task->mm) == running->mm)
			stapc_event_hit(a->event);
	}
	WRITE_ONCE(stapc_walker, NULL);
}

static int stapc_running_walk(void *done)
{
	u32 i;

	for (i = 0; i < stapc_running_count; i++) {
		const struct stapc_running *running = &stapc_running[i];

		if (READ_ONCE(stapc_gate) || !mmget_not_zero(running->mm))
			continue;
		kthread_use_mm(running->mm);
		stapc_running_hit(running);
		kthread_unuse_mm(running->mm);
		mmput(running->mm);
		cond_resched();
	}
	complete(done);
	return 0;
}

static void stapc_running_release(void)
{
	u32 i;

	for (i = 0; i < stapc_running_count; i++) {
		put_task_struct(stapc_running[i].task);
		mmdrop(stapc_running[i].mm);
	}
	stapc_free(stapc_running);
	stapc_running = NULL;
	stapc_running_count = 0;
}

void stapc_running_begin(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *walker;

	if (!stapc_running)
		return;
	walker = kthread_create(stapc_running_walk, &done, "stapc");
	if (IS_ERR(walker)) {
		stapc_session_warn("no thread to look at the processes that run already");
	} else {
		get_task_struct(walker);
		wake_up_process(walker);
		wait_for_completion(&done);
		/* It ends by itself; this waits until it is out of this module. */
		kthread_stop(walker);
		put_task_struct(walker);
	}
	stapc_running_release();
}
