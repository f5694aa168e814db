// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * timing.c: how often each point was hit and how long its handler took, for programs that ask for it.
 */
#include <linux/math64.h>

#include "session.h"

stapc_noinline void stapc_time_hit(struct stapc_cpu *c)
{
	struct stapc_time *time = &c->times[c->probe - stapc_program.probes];
	u64 spent = stapc_tsc_low() - c->entered;

	if (!time->hits || spent < time->least)
		time->least = spent;
	time->most = max(time->most, spent);
	time->sum += spent;
	time->hits++;
}

static struct stapc_time stapc_time_total(u32 probe)
{
	struct stapc_time total = { .least = U64_MAX };
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct stapc_time *time = &per_cpu(stapc_this_cpu_context, cpu)->times[probe];

		if (!time->hits)
			continue;
		total.hits += time->hits;
		total.sum += time->sum;
		total.least = min(total.least, time->least);
		total.most = max(total.most, time->most);
	}
	return total;
}

void stapc_times_report(void)
{
	u32 i;

	if (!stapc_program.limits.timing)
		return;
	stapc_session_print("----- probe hit report:\n");
	for (i = 0; i < stapc_program.probes_count; i++) {
		struct stapc_time total = stapc_time_total(i);

		if (total.hits)
			stapc_session_print("%s, hits: %llu, cycles: %llumin/%lluavg/%llumax, index: %u\n",
					    stapc_program.probes[i].point, total.hits, total.least,
					    div64_u64(total.sum, total.hits), total.most, i);
	}
	stapc_session_print("skipped: %llu in another handler, %llu for a lock, %llu for want of stack, %llu missed by the kernel\n",
			    stapc_counter_sum(STAPC_SKIPPED_REENTRY), stapc_counter_sum(STAPC_SKIPPED_LOCK),
			    stapc_counter_sum(STAPC_SKIPPED_STACK), stapc_arm_missed());
}
