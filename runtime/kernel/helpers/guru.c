// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/guru.c: what only gurus may do to a machine. What is hit may be what these need: they know.
 */
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "../session.h"

/* The longest wait of a call, so that none of them is without end. */
#define STAPC_DELAY_MOST_MS 1000

bool stapc_helper_mdelay(struct stapc_cpu *c, s64 ms, u32 site)
{
	mdelay(clamp_t(s64, ms, 0, STAPC_DELAY_MOST_MS));
	return true;
}

bool stapc_helper_udelay(struct stapc_cpu *c, s64 us, u32 site)
{
	s64 left = clamp_t(s64, us, 0, STAPC_DELAY_MOST_MS * 1000);

	for (; left > 1000; left -= 1000)
		udelay(1000);
	udelay(left);
	return true;
}

bool stapc_helper_panic(struct stapc_cpu *c, const struct stapc_str *text, u32 site)
{
	panic("%s", text->text);
	return true;
}

bool stapc_helper_printk(struct stapc_cpu *c, s64 level, const struct stapc_str *text, u32 site)
{
	if (level < 0 || level > 7)
		return stapc_helper_error(c, site, "printk has no level %lld", level);
	printk("%c%c%s\n", KERN_SOH_ASCII, (char)('0' + level), text->text);
	return true;
}

bool stapc_helper_dump_stack(struct stapc_cpu *c, u32 site)
{
	dump_stack();
	return true;
}

/* A signal takes a lock that what was hit may hold; so it is sent when interrupts are possible again. */
struct stapc_signal {
	struct irq_work work;
	struct task_struct *task; /* NULL: none is on its way */
	int number;
};

static void stapc_signal_send(struct irq_work *work)
{
	struct stapc_signal *signal = container_of(work, struct stapc_signal, work);
	struct task_struct *task = signal->task;

	send_sig(signal->number, task, 0);
	WRITE_ONCE(signal->task, NULL);
	put_task_struct(task);
}

static struct stapc_signal __percpu *stapc_signals;

int stapc_signals_init(void)
{
	int cpu;

	stapc_signals = stapc_allocate_per_cpu(struct stapc_signal);
	if (!stapc_signals)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		per_cpu_ptr(stapc_signals, cpu)->work = IRQ_WORK_INIT_HARD(stapc_signal_send);
	return 0;
}

bool stapc_helper_raise(struct stapc_cpu *c, s64 number, u32 site)
{
	struct stapc_signal *signal = this_cpu_ptr(stapc_signals);

	if (number < 1 || number > _NSIG)
		return stapc_helper_error(c, site, "there is no signal %lld", number);
	if (READ_ONCE(signal->task))
		return stapc_helper_error(c, site, "another signal is on its way");
	get_task_struct(current);
	signal->number = number;
	WRITE_ONCE(signal->task, current);
	irq_work_queue(&signal->work);
	return true;
}

/* Waits for those that are on their way. */
void stapc_signals_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		irq_work_sync(&per_cpu_ptr(stapc_signals, cpu)->work);
	free_percpu(stapc_signals);
}
