// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/kernel.c: helpers that ask the kernel, or tell it something.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
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
