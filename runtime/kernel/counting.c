// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * counting.c: what is counted for hits in tasks or for handlers, which tasks those are, and what handlers read.
 */
#include <linux/kprobes.h>
#include <linux/perf_event.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/tracepoint.h>

#include "counted.h"
#include "process.h"

#ifdef CONFIG_PERF_EVENTS

struct stapc_attachment **stapc_counting;
u32 stapc_counting_count;

/* Whether anything is counted in tasks, and not on processors alone. */
static bool stapc_counting_tasks;

static int stapc_task_born(struct kprobe *kprobe, struct pt_regs *regs)
{
	if (current->mm && !(current->flags & PF_KTHREAD))
		stapc_counted_look(current, current->mm);
	return 0;
}

static void stapc_task_executes(void *data)
{
	stapc_counted_drop(current);
	stapc_counted_look(current, current->mm);
}

static void stapc_task_ends(void *data)
{
	stapc_counted_drop(current);
}

static struct kprobe stapc_birth;
static struct tracepoint *stapc_execution, *stapc_death;

static int stapc_counting_trace(const char *name, struct tracepoint **traced, void (*hit)(void *data))
{
	struct tracepoint *tracepoint = stapc_trace_find(name);
	int error = tracepoint ? tracepoint_probe_register(tracepoint, hit, NULL) : -ENOENT;

	if (!error)
		*traced = tracepoint;
	return error;
}

static int stapc_counting_watch(void)
{
	int error = stapc_counting_trace("sched_process_exit", &stapc_death, stapc_task_ends);

	if (!error)
		error = stapc_counting_trace("sched_process_exec", &stapc_execution, stapc_task_executes);
	if (error)
		return error;
	stapc_birth = (struct kprobe){ .symbol_name = "calculate_sigpending", .pre_handler = stapc_task_born };
	error = register_kprobe(&stapc_birth);
	if (error)
		stapc_birth.pre_handler = NULL;
	return error;
}

static void stapc_counting_unwatch(void)
{
	if (stapc_birth.pre_handler)
		unregister_kprobe(&stapc_birth);
	if (stapc_execution)
		tracepoint_probe_unregister(stapc_execution, stapc_task_executes, NULL);
	if (stapc_death)
		tracepoint_probe_unregister(stapc_death, stapc_task_ends, NULL);
	tracepoint_synchronize_unregister();
	stapc_birth.pre_handler = NULL;
	stapc_execution = stapc_death = NULL;
}

/* The tasks that there are. One that ends from here on finds its slot. */
static void stapc_counting_collect(void)
{
	struct task_struct *process, *task;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		task_lock(task);
		if (task->mm && !(task->flags & (PF_KTHREAD | PF_EXITING)))
			stapc_counted_look(task, task->mm);
		task_unlock(task);
	}
	rcu_read_unlock();
	stapc_counted_settle();
}

int stapc_arm_counted(struct stapc_attachment *a)
{
	/* Whether it can be counted at all is tried with a counter that does not. */
	struct perf_event *event = stapc_perf_of_task(a->probe, current, true);
	int error;

	if (IS_ERR(event))
		return event == ERR_PTR(-ENOENT) ? -ENODEV : PTR_ERR(event);
	perf_event_release_kernel(event);
	memset(&a->processes, 0, sizeof(a->processes));
	error = stapc_processes_init(&a->processes, a->probe);
	if (!error)
		a->how = STAPC_BY_COUNTING;
	return error;
}

static int stapc_counting_init(void)
{
	u32 i, count = stapc_program.probes_count;

	stapc_counting = stapc_allocate(array_size(count, sizeof(*stapc_counting)), NUMA_NO_NODE);
	if (!stapc_counting)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		struct stapc_attachment *a = &stapc_attachments[i];

		stapc_counting_tasks |= a->how == STAPC_BY_COUNTING;
		if (a->how == STAPC_BY_COUNTING || a->probe->kind == STAPC_COUNTER)
			stapc_counting[stapc_counting_count++] = a;
	}
	return stapc_counting_tasks ? stapc_counted_init() : 0;
}

int stapc_counting_start(void)
{
	int error = stapc_counting_init();

	if (!error && stapc_counting_tasks)
		error = stapc_counting_watch();
	if (error)
		stapc_session_report("ERROR: cannot count in tasks (error %d)", error);
	else if (stapc_counting_tasks)
		stapc_counting_collect();
	return error;
}

void stapc_counting_stop(void)
{
	if (stapc_counting_count) /* Handlers that read have run, and no other does while the gate is shut. */
		synchronize_rcu();
	if (stapc_counting_tasks) {
		stapc_counting_unwatch();
		stapc_counted_drop_all();
	}
}

void stapc_counting_free(void)
{
	if (stapc_counting_tasks)
		stapc_counted_free();
	stapc_free(stapc_counting);
	stapc_counting = NULL;
	stapc_counting_count = 0;
	stapc_counting_tasks = false;
}

static bool stapc_counter_value(struct perf_event *event, s64 *to)
{
	unsigned long flags;
	bool counts;

	raw_local_irq_save(flags);
	counts = event->state != PERF_EVENT_STATE_ERROR;
	if (event->oncpu == raw_smp_processor_id())
		event->pmu->read(event);
	*to = local64_read(&event->count);
	raw_local_irq_restore(flags);
	return counts;
}

bool stapc_counter_read(s64 number, s64 *to)
{
	struct stapc_counted *counted = stapc_counted_find(current);
	u32 i;

	*to = 0;
	for (i = 0; i < stapc_counting_count; i++) {
		const struct stapc_attachment *a = stapc_counting[i];
		struct perf_event *event = NULL;

		if (a->probe->kind != STAPC_COUNTER || a->probe->perf.count != number)
			continue;
		if (a->how == STAPC_BY_PERF)
			event = *this_cpu_ptr(a->counters);
		else if (counted)
			event = smp_load_acquire(&counted->events[i]);
		if (!IS_ERR_OR_NULL(event))
			return stapc_counter_value(event, to);
	}
	return true;
}

#else

int stapc_counting_start(void)
{
	return 0;
}

void stapc_counting_stop(void)
{
}

void stapc_counting_free(void)
{
}

int stapc_arm_counted(struct stapc_attachment *a)
{
	return -EOPNOTSUPP;
}

bool stapc_counter_read(s64 number, s64 *to)
{
	*to = 0;
	return true;
}

#endif
