// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * conditions.c: probes that rest while the condition behind their point (`if`) does not hold.
 *
 * Whether a condition holds says its handler. A handler that writes what a condition reads asks for all of them to be
 * looked at, which a work does a tick later: it arms and disarms, and that may sleep. Meanwhile nothing else is asked
 * for, so that a variable that changes at each hit costs little; and it pauses for as long as it took, so that one
 * that changes all the time does not keep the kernel at changing its code. What is hit although its condition does not hold (not
 * disarmed yet, or nothing that can rest) does nothing: its handler begins with the same condition.
 *
 * What stays registered with the kernel while it rests is known to be right and armed soon; the rest is armed anew.
 * Each probe is armed and disarmed under the mutex of modules.c. The conditions are asked by one at a time: before the
 * session runs by who starts it, then by the work.
 */
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/workqueue.h>

#include "arm.h"

u8 stapc_stale = 1;
s8 stapc_verdict;

/* By the conditions' numbers, from 1 on. */
static bool *stapc_holds;
/* Timers that do not rest have been started; */
static bool stapc_timers_run;
/* and no probe is armed or disarmed here any more. */
static bool stapc_conditions_closed;

int stapc_conditions_init(void)
{
	u32 size = stapc_program.conditions_count + 1;

	stapc_holds = stapc_allocate(size, NUMA_NO_NODE);
	if (!stapc_holds)
		return -ENOMEM;
	memset(stapc_holds, true, size);
	return 0;
}

void stapc_conditions_exit(void)
{
	stapc_free(stapc_holds);
}

bool stapc_condition_holds(u32 condition)
{
	return stapc_holds[condition];
}

/* Asks the conditions; false: one could not be asked now. What a fault left unsaid stays as it was. */
static bool stapc_conditions_ask(void)
{
	bool asked = true;
	u32 i;

	for (i = 0; i < stapc_program.probes_count; i++) {
		const struct stapc_probe *probe = &stapc_program.probes[i];
		unsigned long flags;

		if (probe->kind != STAPC_CONDITION)
			continue;
		stapc_verdict = STAPC_UNSAID;
		/* Or probes that are hit in interrupts would have to be skipped. */
		local_irq_save(flags);
		probe->entry(0, 0, NULL, NULL);
		local_irq_restore(flags);
		if (stapc_verdict == STAPC_UNASKED)
			asked = false;
		else if (stapc_verdict != STAPC_UNSAID)
			stapc_holds[probe->condition] = stapc_verdict;
	}
	return asked;
}

static void stapc_enable(struct stapc_attachment *a, struct kprobe *kprobe, bool enable)
{
	/* The one at its side outlives it: see modules.c. */
	if (enable && a->helper.addr)
		enable_kprobe(&a->helper);
	if (enable)
		enable_kprobe(kprobe);
	else
		disable_kprobe(kprobe);
	if (!enable && a->helper.addr)
		disable_kprobe(&a->helper);
}

static void stapc_rest(struct stapc_attachment *a)
{
	a->resting = true;
	switch (a->how) {
	case STAPC_BY_FTRACE:
		stapc_ftrace_rest(a);
		break;
	case STAPC_BY_KPROBE:
		stapc_enable(a, &a->kprobe, false);
		break;
	case STAPC_BY_KRETPROBE:
		stapc_enable(a, &a->kretprobe.kp, false);
		break;
	case STAPC_BY_UPROBE:
	case STAPC_BY_TRACEPOINT:
	case STAPC_BY_TIMER:
		stapc_disarm_for_now(a);
		break;
	default:
		break;
	}
}

static int stapc_wake(struct stapc_attachment *a)
{
	a->resting = false;
	switch (a->how) {
	case STAPC_BY_FTRACE:
		return stapc_ftrace_wake(a);
	case STAPC_BY_KPROBE:
		stapc_enable(a, &a->kprobe, true);
		return 0;
	case STAPC_BY_KRETPROBE:
		stapc_enable(a, &a->kretprobe.kp, true);
		return 0;
	case STAPC_NOT_ARMED:
		if (a->probe->kind == STAPC_TIMER && stapc_timers_run)
			stapc_timer_start(a);
		/* Others are in modules that are not there, or cannot be armed. */
		return a->probe->path || a->probe->kind == STAPC_TRACEPOINT ? stapc_arm_one(a) : 0;
	default:
		return 0;
	}
}

/* A probe for which the condition no longer is as it was. */
static void stapc_turn_over(struct stapc_attachment *a)
{
	int error = 0;

	if (!a->resting)
		stapc_rest(a);
	else
		error = stapc_wake(a);
	if (!error)
		return;
	a->resting = true;
	stapc_session_warn("WARNING: cannot probe %s again: registration failed (error %d)", a->probe->point, error);
}

/*
 * Arms and disarms by what the conditions said. Each probe by itself: the kernel may take milliseconds for one, and
 * others wait for the mutex meanwhile, perhaps to end the session.
 */
static void stapc_conditions_apply(void)
{
	bool traced = false;
	u32 i;

	for (i = 0; i < stapc_program.probes_count && !READ_ONCE(stapc_conditions_closed); i++) {
		struct stapc_attachment *a = &stapc_attachments[i];
		const struct stapc_probe *probe = a->probe;

		if (!probe->condition || probe->kind == STAPC_CONDITION || a->resting != stapc_holds[probe->condition])
			continue;
		stapc_modules_lock();
		if (a->how != STAPC_BY_BULK && !stapc_conditions_closed) {
			traced |= a->how == STAPC_BY_TRACEPOINT;
			stapc_turn_over(a);
		}
		stapc_modules_unlock();
	}
	stapc_modules_lock();
	if (!stapc_conditions_closed) {
		stapc_bulk_follow();
		if (traced)
			tracepoint_synchronize_unregister();
		stapc_uprobes_settle();
	}
	stapc_modules_unlock();
}

static void stapc_conditions_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(stapc_conditions_later, stapc_conditions_work);

/* Until when it pauses, in ticks. */
static unsigned long stapc_conditions_pause;

static void stapc_conditions_queue(struct irq_work *work)
{
	long left = READ_ONCE(stapc_conditions_pause) - jiffies;

	queue_delayed_work(system_long_wq, &stapc_conditions_later, max(left, 1l));
}

/* Handlers may run where no work can be queued; an irq_work may be queued anywhere. */
static struct irq_work stapc_conditions_soon = IRQ_WORK_INIT(stapc_conditions_queue);

stapc_noinline void stapc_reconsider_soon(void)
{
	if (!xchg(&stapc_stale, 1))
		irq_work_queue(&stapc_conditions_soon);
}

static void stapc_conditions_work(struct work_struct *work)
{
	unsigned long begun = jiffies, now;

	if (READ_ONCE(stapc_conditions_closed))
		return;
	/* What is written from here on asks again. A full barrier. */
	xchg(&stapc_stale, 0);
	if (!stapc_conditions_ask())
		stapc_reconsider_soon();
	stapc_conditions_apply();
	now = jiffies;
	WRITE_ONCE(stapc_conditions_pause, now + (now - begun));
}

void stapc_conditions_begin(void)
{
	u32 i;

	if (!stapc_program.conditions_count)
		return;
	stapc_conditions_ask();
	for (i = 0; i < stapc_program.probes_count; i++)
		stapc_attachments[i].resting = !stapc_holds[stapc_attachments[i].probe->condition];
}

void stapc_conditions_settle(void)
{
	if (!stapc_program.conditions_count)
		return;
	stapc_conditions_ask();
	stapc_conditions_apply();
}

void stapc_conditions_open(void)
{
	if (!stapc_program.conditions_count)
		return;
	stapc_modules_lock();
	stapc_timers_run = true;
	stapc_modules_unlock();
	/* What was written since they settled. */
	queue_delayed_work(system_long_wq, &stapc_conditions_later, 0);
}

void stapc_conditions_close(void)
{
	WRITE_ONCE(stapc_conditions_closed, true);
	/* None is being armed any more. */
	stapc_modules_lock();
	stapc_modules_unlock();
}

void stapc_conditions_stop(void)
{
	irq_work_sync(&stapc_conditions_soon);
	cancel_delayed_work_sync(&stapc_conditions_later);
}
