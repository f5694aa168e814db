// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * timer.c: timers, by the kernel's own of high resolution.
 */
#include <linux/jiffies.h>
#include <linux/random.h>

#include "arm.h"

/* Shorter timers would leave a slow machine no time for anything else. */
#define STAPC_TIMER_SHORTEST_NS 50000

/* From -spread to spread, by chance (xorshift). */
static s64 stapc_timer_deviation(struct stapc_attachment *a, u64 spread)
{
	a->random ^= a->random << 13;
	a->random ^= a->random >> 7;
	a->random ^= a->random << 17;
	return (s64)(a->random % (2 * spread + 1)) - (s64)spread;
}

static ktime_t stapc_timer_interval(struct stapc_attachment *a)
{
	const struct stapc_probe *probe = a->probe;
	u64 length = probe->jiffies ? probe->jiffies : probe->interval_ns, ns;

	if (probe->spread)
		length += stapc_timer_deviation(a, probe->spread);
	ns = probe->jiffies ? jiffies64_to_nsecs(length) : length;
	return ns_to_ktime(clamp_t(u64, ns, STAPC_TIMER_SHORTEST_NS, KTIME_MAX / 2));
}

/*
 * The next expiry is at least as far away as this one took, lateness included
 * (a millisecond at most): a timer too fast for its machine gets half of one
 * CPU, not all of it.
 */
static enum hrtimer_restart stapc_timer_hit(struct hrtimer *timer)
{
	struct stapc_attachment *a = container_of(timer, struct stapc_attachment, timer);
	ktime_t now, spent;

	a->probe->entry(0, 0, NULL, NULL);
	now = hrtimer_cb_get_time(timer);
	spent = min_t(ktime_t, ktime_sub(now, hrtimer_get_expires(timer)), NSEC_PER_MSEC);
	hrtimer_forward(timer, ktime_add(now, spent), stapc_timer_interval(a));
	return HRTIMER_RESTART;
}

void stapc_timer_start(struct stapc_attachment *a)
{
#ifdef STAPC_HAS_HRTIMER_SETUP
	hrtimer_setup(&a->timer, stapc_timer_hit, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#else
	hrtimer_init(&a->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	a->timer.function = stapc_timer_hit;
#endif
	a->how = STAPC_BY_TIMER;
	a->random = get_random_u64() | 1;
	hrtimer_start(&a->timer, stapc_timer_interval(a), HRTIMER_MODE_REL_HARD);
}
