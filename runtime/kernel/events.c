// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * events.c: what happens to processes that run programs. Each handler runs in the process, with the
 * registers that it has outside of the kernel, while its memory is there:
 *
 * - A process or thread begins on its way out of the fork that made it (calculate_sigpending(), which only
 *   new tasks call), and a process also where it has got another program (the tracepoint of exec).
 * - A process ends where its last thread gives up the process's timers (exit_itimers(), which exec calls
 *   too, but not of a task that ends), and a thread where it takes itself from the signals (exit_signals()).
 *   The tracepoint of exits has neither the memory nor a way to tell who is the last.
 * - System calls are the tracepoints sys_enter and sys_exit, which cost nothing while nobody has them.
 */
#include <linux/kprobes.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>

#include "process.h"

struct stapc_event {
	const struct stapc_probe *probe;
	struct stapc_processes processes;
	struct kprobe kprobe; /* armed if it has a handler */
	struct tracepoint *tracepoint;
	struct stapc_event *next_gone;
};

/* Those that were disarmed and may still be running. */
static struct stapc_event *stapc_events_gone;

void stapc_event_hit(const struct stapc_event *event)
{
	struct pt_regs *regs = stapc_user_regs();

	if (!(stapc_current()->flags & PF_KTHREAD) && current->mm && stapc_processes_count(&event->processes))
		event->probe->entry(regs->ip, 0, stapc_ops(&event->probe), stapc_fregs(regs));
}

/* The threads by which the kernel itself works for a process are none of its own. */
static bool stapc_is_own_thread(void)
{
	unsigned int foreign = PF_KTHREAD | PF_IO_WORKER;

#ifdef PF_USER_WORKER
	foreign |= PF_USER_WORKER;
#endif
	return !(current->flags & foreign) && !thread_group_leader(current);
}

static struct stapc_event *stapc_event_of(struct kprobe *kprobe)
{
	return container_of(kprobe, struct stapc_event, kprobe);
}

static int stapc_process_born(struct kprobe *kprobe, struct pt_regs *regs)
{
	if (thread_group_leader(current))
		stapc_event_hit(stapc_event_of(kprobe));
	return 0;
}

static int stapc_process_dead(struct kprobe *kprobe, struct pt_regs *regs)
{
	if (current->flags & PF_EXITING)
		stapc_event_hit(stapc_event_of(kprobe));
	return 0;
}

static int stapc_thread_hit(struct kprobe *kprobe, struct pt_regs *regs)
{
	if (stapc_is_own_thread())
		stapc_event_hit(stapc_event_of(kprobe));
	return 0;
}

/* Of any tracepoint: who is meant is the current process. */
static void stapc_traced_event(void *data)
{
	stapc_event_hit(data);
}

static int stapc_event_place(struct stapc_event *event, const char *function, kprobe_pre_handler_t handler)
{
	int error;

	event->kprobe.symbol_name = function;
	event->kprobe.pre_handler = handler;
	error = register_kprobe(&event->kprobe);
	if (error)
		event->kprobe.pre_handler = NULL;
	return error;
}

static int stapc_event_trace(struct stapc_event *event, const char *name)
{
	struct tracepoint *tracepoint = stapc_trace_find(name);
	int error = tracepoint ? tracepoint_probe_register(tracepoint, stapc_traced_event, event) : -ENOENT;

	if (!error)
		event->tracepoint = tracepoint;
	return error;
}

static int stapc_event_register(struct stapc_event *event)
{
	int error;

	switch (event->probe->kind) {
	case STAPC_PROCESS_BEGIN:
		error = stapc_event_place(event, "calculate_sigpending", stapc_process_born);
		return error ? error : stapc_event_trace(event, "sched_process_exec");
	case STAPC_PROCESS_END:
		return stapc_event_place(event, "exit_itimers", stapc_process_dead);
	case STAPC_THREAD_BEGIN:
		return stapc_event_place(event, "calculate_sigpending", stapc_thread_hit);
	case STAPC_THREAD_END:
		return stapc_event_place(event, "exit_signals", stapc_thread_hit);
	case STAPC_SYSCALL:
		return stapc_event_trace(event, "sys_enter");
	default:
		return stapc_event_trace(event, "sys_exit");
	}
}

struct stapc_event *stapc_event_arm(const struct stapc_probe *probe)
{
	struct stapc_event *event = kzalloc(sizeof(*event), GFP_KERNEL);
	int error;

	if (!event)
		return ERR_PTR(-ENOMEM);
	event->probe = probe;
	error = stapc_processes_init(&event->processes, probe);
	if (!error)
		error = stapc_event_register(event);
	if (!error)
		return event;
	stapc_event_disarm(event);
	return ERR_PTR(error);
}

void stapc_event_disarm(struct stapc_event *event)
{
	if (event->kprobe.pre_handler)
		unregister_kprobe(&event->kprobe);
	if (event->tracepoint)
		tracepoint_probe_unregister(event->tracepoint, stapc_traced_event, event);
	event->next_gone = stapc_events_gone;
	stapc_events_gone = event;
}

void stapc_events_settle(void)
{
	if (stapc_events_gone)
		tracepoint_synchronize_unregister();
	while (stapc_events_gone) {
		struct stapc_event *event = stapc_events_gone;

		stapc_events_gone = event->next_gone;
		stapc_processes_exit(&event->processes);
		kfree(event);
	}
}

u64 stapc_event_missed(const struct stapc_event *event)
{
	return READ_ONCE(event->kprobe.nmissed);
}
