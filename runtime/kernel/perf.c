// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * perf.c: what the kernel counts for perf, and watches with the processor's breakpoints: a counter on each
 * CPU that is there when the session starts, or in tasks (counting.c). Hardware may interrupt anything, even where interrupts are off;
 * handlers are made for that (hit.h).
 */
#include <linux/cpu.h>
#include <linux/hw_breakpoint.h>
#include <linux/jiffies.h>
#include <linux/perf_event.h>

#include "counted.h"

#ifdef CONFIG_PERF_EVENTS
static void stapc_perf_hit(struct perf_event *event, struct perf_sample_data *sample, struct pt_regs *regs)
{
	const struct stapc_probe *probe = event->overflow_handler_context;

	probe->entry(0, 0, NULL, stapc_fregs(regs));
}

void stapc_disarm_perf(struct stapc_attachment *a)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct perf_event *event = *per_cpu_ptr(a->counters, cpu);

		if (event)
			perf_event_release_kernel(event);
	}
	free_percpu(a->counters);
}

/* What has no hits is only read. */
static perf_overflow_handler_t stapc_perf_handler(const struct stapc_probe *probe)
{
	return probe->kind == STAPC_COUNTER ? NULL : stapc_perf_hit;
}

/* A counter on each CPU, or none and an error. */
static int stapc_count_with(struct stapc_attachment *a, struct perf_event_attr *attr)
{
	int cpu, error = 0;

	a->counters = alloc_percpu(struct perf_event *);
	if (!a->counters)
		return -ENOMEM;
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		struct perf_event *event =
			perf_event_create_kernel_counter(attr, cpu, NULL, stapc_perf_handler(a->probe), (void *)a->probe);

		error = PTR_ERR_OR_ZERO(event);
		if (error)
			break;
		*per_cpu_ptr(a->counters, cpu) = event;
	}
	cpus_read_unlock();
	if (error)
		stapc_disarm_perf(a);
	else
		a->how = STAPC_BY_PERF;
	return error;
}

static struct perf_event_attr stapc_perf_attr(const struct stapc_probe *probe)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = probe->perf.sort,
		.config = probe->perf.config,
		.pinned = 1,
	};

	if (probe->kind == STAPC_COUNTER)
		return attr;
	attr.sample_period = probe->perf.count;
	attr.freq = probe->perf.unit == STAPC_PERF_HERTZ;
	if (probe->perf.unit == STAPC_PERF_TICKS)
		attr.sample_period *= TICK_NSEC;
	return attr;
}

struct perf_event *stapc_perf_of_task(const struct stapc_probe *probe, struct task_struct *task, bool disabled)
{
	struct perf_event_attr attr = stapc_perf_attr(probe);

	attr.disabled = disabled;
	return perf_event_create_kernel_counter(&attr, -1, task, stapc_perf_handler(probe), (void *)probe);
}

int stapc_arm_perf(struct stapc_attachment *a)
{
	struct perf_event_attr attr = stapc_perf_attr(a->probe);

	return a->probe->executing ? stapc_arm_counted(a) : stapc_count_with(a, &attr);
}
#else
int stapc_arm_perf(struct stapc_attachment *a)
{
	return -EOPNOTSUPP;
}

void stapc_disarm_perf(struct stapc_attachment *a)
{
}
#endif

#ifdef CONFIG_HAVE_HW_BREAKPOINT
int stapc_arm_data(struct stapc_attachment *a)
{
	const struct stapc_probe *probe = a->probe;
	struct perf_event_attr attr;
	unsigned long start = 0;

	if (probe->symbol) {
		start = stapc_symbol_find(probe->symbol);
		if (!start)
			return -ENOENT;
	}
	if (probe->data.length > 8)
		return -EINVAL;
	hw_breakpoint_init(&attr);
	attr.bp_addr = start + probe->offset;
	/* Processors watch powers of 2. */
	attr.bp_len = roundup_pow_of_two(probe->data.length);
	attr.bp_type = probe->data.reads ? HW_BREAKPOINT_RW : HW_BREAKPOINT_W;
	/* An address of a process means another place in each. */
	if ((long)attr.bp_addr >= 0)
		return -EINVAL;
	return stapc_count_with(a, &attr);
}
#else
int stapc_arm_data(struct stapc_attachment *a)
{
	return -EOPNOTSUPP;
}
#endif
