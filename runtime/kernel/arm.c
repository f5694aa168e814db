// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * arm.c: attaching handlers to the kernel, and detaching them so that none runs
 * when detaching returns.
 *
 * - Function entry: ftrace (but see stapc_arm_entry() in function.c), with the handler itself as the callback. It keeps
 *   itself from recursing (`busy`), so needs none of ftrace's checks.
 *   Unregistering waits for every CPU to have scheduled and every preempted
 *   task to have left the trampoline (synchronize_rcu_tasks_rude(),
 *   synchronize_rcu_tasks()), since our ops are not the core kernel's.
 *   More than a few share one user of ftrace: bulk.c.
 * - Where ftrace does not know the function or not its arguments: a kprobe. Its handlers run with
 *   preemption off; unregistering ends with synchronize_rcu().
 * - Function return: a kretprobe, likewise. Returns still pending then go
 *   through the kernel's trampoline without us.
 * - Program: uprobe.c.
 * - What happens to processes: events.c.
 * - Tracepoint: tracepoint.c. Unregistering ends with tracepoint_synchronize_unregister().
 * - Counted events and watched memory: perf.c; what is counted in tasks: counting.c. Disarming ends with synchronize_rcu(), since a counter may go in the
 *   middle of its handler.
 * - Files: procfs.c. Removing one waits for its readers and writers.
 * - Packets: netfilter.c. Disarming ends with synchronize_rcu().
 * - Timers: timer.c. hrtimer_cancel() waits for the callback.
 *
 * What rests because its condition does not hold: conditions.c.
 */
#include <linux/slab.h>

#include "arm.h"
#include "process.h"

struct stapc_attachment *stapc_attachments;
static u64 stapc_missed;
static bool stapc_opened;

int stapc_arm_init(void)
{
	u32 i;

	if (!stapc_program.probes_count)
		return 0;
	stapc_attachments = stapc_allocate(array_size(stapc_program.probes_count, sizeof(*stapc_attachments)),
					   NUMA_NO_NODE);
	if (!stapc_attachments)
		return -ENOMEM;
	for (i = 0; i < stapc_program.probes_count; i++)
		stapc_attachments[i].probe = &stapc_program.probes[i];
	return 0;
}

void stapc_arm_exit(void)
{
	stapc_free(stapc_attachments);
}

static int stapc_arm_trace(struct stapc_attachment *a)
{
	struct tracepoint *tracepoint = stapc_trace_arm(a->probe);

	if (IS_ERR(tracepoint))
		return PTR_ERR(tracepoint);
	a->tracepoint = tracepoint;
	a->how = STAPC_BY_TRACEPOINT;
	return 0;
}

static int stapc_arm_program(struct stapc_attachment *a)
{
	struct stapc_uprobe *uprobe = stapc_uprobe_arm(a->probe);

	if (IS_ERR(uprobe))
		return PTR_ERR(uprobe);
	a->uprobe = uprobe;
	a->how = STAPC_BY_UPROBE;
	return 0;
}

static int stapc_arm_event(struct stapc_attachment *a)
{
	struct stapc_event *event = stapc_event_arm(a->probe);

	if (IS_ERR(event))
		return PTR_ERR(event);
	a->event = event;
	a->how = STAPC_BY_EVENT;
	return 0;
}

static int stapc_attach(struct stapc_attachment *a)
{
	if (a->probe->path && a->probe->kind != STAPC_CALL)
		return stapc_arm_program(a);
	switch (a->probe->kind) {
	case STAPC_FUNCTION:
		return stapc_arm_entry(a);
	case STAPC_RETURN:
		return stapc_arm_return(a);
	case STAPC_STATEMENT:
		return stapc_arm_kprobe(a);
	case STAPC_TRACEPOINT:
		return stapc_arm_trace(a);
	case STAPC_PROCESS_BEGIN:
	case STAPC_PROCESS_END:
	case STAPC_THREAD_BEGIN:
	case STAPC_THREAD_END:
	case STAPC_SYSCALL:
	case STAPC_SYSCALL_RETURN:
		return stapc_arm_event(a);
	case STAPC_PERF:
	case STAPC_COUNTER:
		return stapc_arm_perf(a);
	case STAPC_DATA:
		return stapc_arm_data(a);
	case STAPC_FILE:
		return stapc_arm_file(a);
	case STAPC_PACKET:
		return stapc_arm_packet(a);
	default:
		return 0;
	}
}

int stapc_arm_one(struct stapc_attachment *a)
{
	int error = stapc_attach(a);

	/* Now it is known whether it can be. */
	if (!error && a->resting && (a->how == STAPC_BY_UPROBE || a->how == STAPC_BY_TRACEPOINT))
		stapc_disarm_one(a);
	return error;
}

void stapc_disarm_one(struct stapc_attachment *a)
{
	switch (a->how) {
	case STAPC_BY_FTRACE:
		stapc_disarm_ftrace(a);
		break;
	case STAPC_BY_BULK: /* by stapc_bulk_disarm() */
		break;
	case STAPC_BY_KPROBE:
		stapc_disarm_kprobe(a);
		break;
	case STAPC_BY_KRETPROBE:
		stapc_disarm_kretprobe(a);
		break;
	case STAPC_BY_UPROBE:
		stapc_uprobe_disarm(a->uprobe);
		break;
	case STAPC_BY_TRACEPOINT:
		stapc_trace_disarm(a->tracepoint, a->probe);
		break;
	case STAPC_BY_TIMER:
		hrtimer_cancel(&a->timer);
		break;
	case STAPC_BY_EVENT:
		stapc_event_disarm(a->event);
		break;
	case STAPC_BY_PERF:
		stapc_disarm_perf(a);
		break;
	case STAPC_BY_COUNTING: /* by stapc_counting_stop() */
		stapc_processes_exit(&a->processes);
		break;
	case STAPC_BY_FILE:
		stapc_disarm_file(a);
		break;
	case STAPC_BY_NETFILTER:
		stapc_disarm_packet(a);
		break;
	case STAPC_NOT_ARMED:
		return;
	}
	a->how = STAPC_NOT_ARMED;
}

static const char *stapc_arm_reason(const struct stapc_probe *probe, int error)
{
	if (probe->kind == STAPC_PERF || probe->kind == STAPC_COUNTER)
		return error == -ENOENT && probe->executing ? "there is no such file" :
		       error == -ENOENT || error == -EOPNOTSUPP || error == -ENODEV ? "this machine does not count that" :
		       error == -EINVAL ? "the kernel does not allow it" : "registration failed";
	if (probe->kind == STAPC_DATA)
		return error == -ENOENT ? "the kernel has no such symbol" :
		       error == -ENOSPC ? "all of the machine's breakpoints are in use" :
		       error == -EINVAL ? "the machine cannot watch that much memory, or not there" :
		       error == -EOPNOTSUPP ? "the kernel watches no memory" : "registration failed";
	if (probe->kind == STAPC_FILE || probe->kind == STAPC_PACKET)
		return error == -EOPNOTSUPP ? "the kernel has no such thing" : "registration failed";
	if (error == -ENOENT)
		return probe->kind == STAPC_TRACEPOINT ? "the kernel has no such tracepoint" :
		       probe->path || probe->executing ? "there is no such file" : "the kernel has no such function";
	return error == -EINVAL ? "the kernel does not allow it" : "registration failed";
}

static void stapc_report_refusal(const struct stapc_probe *probe, int error)
{
	stapc_session_report("ERROR: cannot probe %s: %s (error %d)", probe->point, stapc_arm_reason(probe, error), error);
}

/* Whether the kernel refuses a place in its code: it may do so of one copy of an inlined function, and of one function of many. */
static bool stapc_is_refused(const struct stapc_probe *probe, int error)
{
	bool code = probe->kind == STAPC_FUNCTION || probe->kind == STAPC_RETURN || probe->kind == STAPC_STATEMENT;

	return error == -EINVAL && code && !probe->path;
}

/*
 * Whose turn comes first. What is armed later runs first: what waits for a return writes over where that goes to, which
 * entries of the same function may look at.
 */
static u32 stapc_turn(const struct stapc_probe *probe)
{
	return probe->path ? 2 : probe->kind != STAPC_RETURN;
}

static int stapc_arm_all(void)
{
	u32 i, count = stapc_program.probes_count, armed = 0;
	const struct stapc_probe *refused = NULL;

	for (i = 0; i < 3 * count; i++) {
		/* Of uprobes of one place the last runs first: they are armed last, in the opposite order. */
		struct stapc_attachment *a = &stapc_attachments[i < 2 * count ? i % count : 3 * count - 1 - i];
		bool turn = stapc_turn(a->probe) == i / count;
		int error;

		if (i == count)
			stapc_bulk_arm();
		error = turn && a->how == STAPC_NOT_ARMED ? stapc_modules_arm(a) : 0;
		armed += turn && a->how != STAPC_NOT_ARMED;
		if (!error)
			continue;
		if (!stapc_is_refused(a->probe, error)) {
			stapc_report_refusal(a->probe, error);
			return error;
		}
		if (refused)
			stapc_session_warn("WARNING: cannot probe %s: the kernel does not allow it", refused->point);
		refused = a->probe;
	}
	if (!refused)
		return 0;
	if (armed) {
		stapc_session_warn("WARNING: cannot probe %s: the kernel does not allow it", refused->point);
		return 0;
	}
	stapc_report_refusal(refused, -EINVAL);
	return -EINVAL;
}

int stapc_arm(void)
{
	int error = stapc_modules_watch();

	if (error)
		return error;
	stapc_modules_lock();
	stapc_conditions_begin();
	error = stapc_arm_all();
	stapc_modules_unlock();
	if (!error)
		error = stapc_counting_start();
	if (error)
		stapc_disarm();
	return error;
}

void stapc_disarm(void)
{
	bool traced = false, counted = false;
	u32 i;

	stapc_conditions_close();
	stapc_modules_unwatch();
	stapc_counting_stop();
	/* Timers first: a fast one would hold up the grace periods of the others. */
	for (i = 0; i < stapc_program.probes_count; i++)
		if (stapc_attachments[i].how == STAPC_BY_TIMER)
			stapc_disarm_one(&stapc_attachments[i]);
	stapc_bulk_disarm_kprobes();
	stapc_bulk_disarm();
	for (i = stapc_program.probes_count; i-- > 0;) {
		struct stapc_attachment *a = &stapc_attachments[i];

		/* One that rests may have been disarmed just now. */
		traced |= a->probe->kind == STAPC_TRACEPOINT;
		counted |= a->how == STAPC_BY_PERF || a->how == STAPC_BY_COUNTING || a->how == STAPC_BY_NETFILTER;
		stapc_disarm_one(a);
	}
	if (traced)
		tracepoint_synchronize_unregister();
	if (counted)
		synchronize_rcu();
	stapc_uprobes_settle();
	stapc_counting_free();
	stapc_events_settle();
	/* No handler asks for them any more. */
	stapc_conditions_stop();
}

u64 stapc_missed_by(const struct stapc_attachment *a)
{
	switch (a->how) {
	case STAPC_BY_KPROBE:
		return READ_ONCE(a->kprobe.nmissed);
	case STAPC_BY_KRETPROBE:
		return (u64)READ_ONCE(a->kretprobe.nmissed) + READ_ONCE(a->kretprobe.kp.nmissed);
	case STAPC_BY_UPROBE:
		return stapc_uprobe_missed(a->uprobe);
	case STAPC_BY_EVENT:
		return stapc_event_missed(a->event);
	default:
		return 0;
	}
}

void stapc_disarm_for_now(struct stapc_attachment *a)
{
	a->missed_kept += stapc_missed_by(a) - a->missed_before;
	a->missed_before = 0;
	stapc_disarm_one(a);
}

void stapc_arm_open(void)
{
	u32 i;

	stapc_modules_lock();
	for (i = 0; i < stapc_program.probes_count; i++) {
		struct stapc_attachment *a = &stapc_attachments[i];

		a->missed_before = stapc_missed_by(a);
		a->missed_kept = 0;
		if (a->probe->kind == STAPC_TIMER && !a->resting)
			stapc_timer_start(a);
	}
	WRITE_ONCE(stapc_opened, true);
	stapc_modules_unlock();
}

/* Of the attachments while they are armed. */
static u64 stapc_missed_now(void)
{
	u64 missed = 0;
	u32 i;

	stapc_modules_lock();
	for (i = 0; i < stapc_program.probes_count; i++) {
		const struct stapc_attachment *a = &stapc_attachments[i];

		missed += a->missed_kept + stapc_missed_by(a) - a->missed_before;
	}
	stapc_modules_unlock();
	return missed;
}

void stapc_arm_shut(void)
{
	if (!stapc_opened)
		return;
	WRITE_ONCE(stapc_missed, stapc_missed_now());
	WRITE_ONCE(stapc_opened, false);
}

u64 stapc_arm_missed(void)
{
	return READ_ONCE(stapc_opened) ? stapc_missed_now() : READ_ONCE(stapc_missed);
}
