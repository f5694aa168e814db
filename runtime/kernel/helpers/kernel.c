// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/kernel.c: helpers that ask the kernel, or tell it something.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/sched/loadavg.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>

#include "../session.h"

bool stapc_helper_ftrace(struct stapc_cpu *c, const struct stapc_str *text, u32 site)
{
#ifdef CONFIG_TRACING
	__trace_puts(_THIS_IP_, text->text, text->len);
#endif
	return true;
}

bool stapc_helper_jiffies(struct stapc_cpu *c, s64 *to, u32 site)
{
	*to = get_jiffies_64();
	return true;
}

/*
 * The kernel's own numbers of chance are made under a lock, which what was hit may hold. These are of a
 * generator for each CPU (xorshift), which an interrupted use of it only disturbs.
 */
static DEFINE_PER_CPU(u64, stapc_chance);

bool stapc_helper_randint(struct stapc_cpu *c, s64 below, s64 *to, u32 site)
{
	u64 state = this_cpu_read(stapc_chance);

	if (!state)
		state = get_cycles() ^ ((u64)smp_processor_id() << 32) ^ 0x9e3779b97f4a7c15ull;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	this_cpu_write(stapc_chance, state);
	*to = below > 0 ? state % below : 0;
	return true;
}

/* What the daemon said of the time zone when the session began. */
static int stapc_tz_gmtoff;
module_param_named(tz_gmtoff, stapc_tz_gmtoff, int, 0444);
MODULE_PARM_DESC(tz_gmtoff, "the local time, in seconds west of UTC");

static char *stapc_tz_name = "UTC";
module_param_named(tz_name, stapc_tz_name, charp, 0444);
MODULE_PARM_DESC(tz_name, "what the local time is called");

s64 stapc_helper_tz_gmtoff(struct stapc_cpu *c)
{
	return stapc_tz_gmtoff;
}

static void stapc_text_of(struct stapc_str *to, const char *text)
{
	u32 len = min_t(u32, strlen(text), stapc_program.string_max);

	memcpy(to->text, text, len);
	stapc_str_end(to, len);
}

void stapc_helper_tz_name(struct stapc_cpu *c, struct stapc_str *to)
{
	stapc_text_of(to, stapc_tz_name);
}

bool stapc_helper_system(struct stapc_cpu *c, const struct stapc_str *command, u32 site)
{
	u32 len = min_t(u64, command->len, STAPC_OUT_SIZE);

	stapc_output_commit(c);
	memcpy(c->out, command->text, len);
	stapc_output_write(c, STAPC_RECORD_COMMAND, len);
	return true;
}

bool stapc_helper_cpu_clock_ns(struct stapc_cpu *c, s64 cpu, s64 *to, u32 site)
{
	if (cpu < 0 || cpu >= nr_cpu_ids || !cpu_possible(cpu))
		return stapc_helper_error(c, site, "there is no processor %lld", cpu);
	*to = cpu_clock(cpu);
	return true;
}

bool stapc_helper_local_clock_ns(struct stapc_cpu *c, s64 *to, u32 site)
{
	*to = local_clock();
	return true;
}

bool stapc_helper_ktime_get_ns(struct stapc_cpu *c, s64 *to, u32 site)
{
	*to = ktime_get_mono_fast_ns();
	return true;
}

bool stapc_helper__load(struct stapc_cpu *c, s64 index, s64 *to, u32 site)
{
	if (index < 0 || index > 2)
		return stapc_helper_error(c, site, "Invalid loadavg index %lld specified.", index);
	/* Rounded to hundredths, as /proc/loadavg does. */
	*to = (avenrun[index] + FIXED_1 / 200) * 100 / FIXED_1;
	return true;
}

bool stapc_helper_stack_unused(struct stapc_cpu *c, s64 *to, u32 site)
{
	*to = current_stack_pointer & (THREAD_SIZE - 1);
	return true;
}

s64 stapc_helper_stack_size(void)
{
	return THREAD_SIZE;
}

bool stapc_helper_addr_to_node(struct stapc_cpu *c, s64 address, s64 *to, u32 site)
{
	unsigned long frame = (unsigned long)address >> PAGE_SHIFT;
	int node;

	*to = 0;
	for_each_online_node(node) {
		const struct pglist_data *pages = NODE_DATA(node);

		if (frame >= pages->node_start_pfn && frame < pages->node_start_pfn + pages->node_spanned_pages)
			*to = node;
	}
	return true;
}

void stapc_helper_module_name(struct stapc_cpu *c, struct stapc_str *to)
{
	stapc_text_of(to, THIS_MODULE->name);
}

void stapc_helper_module_size(struct stapc_cpu *c, struct stapc_str *to)
{
#ifdef for_each_mod_mem_type
	const struct module_memory *memory = THIS_MODULE->mem;
	u32 code = memory[MOD_TEXT].size, data = memory[MOD_DATA].size;
	u32 constant = memory[MOD_RODATA].size + memory[MOD_RO_AFTER_INIT].size;
#else
	const struct module_layout *layout = &THIS_MODULE->core_layout;
	u32 code = layout->text_size, constant = layout->ro_after_init_size - code, data = layout->size - code - constant;
#endif
	char text[80];

	scnprintf(text, sizeof(text), "all: %u, code: %u, constant: %u, data: %u", code + constant + data, code, constant,
		  data);
	stapc_text_of(to, text);
}
