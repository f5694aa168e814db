// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * lock.c: waiting for a global's lock, or for parts, for a bounded time.
 */
#include <linux/processor.h>
#include <asm/tsc.h>

#include "session.h"

/* Nobody waits longer, whatever the program says: 20 s would make the kernel take the CPU for dead. */
#define STAPC_LOCK_WAIT_US 1000000u

static u64 stapc_lock_deadline(void)
{
	u32 wait_us = (u32)min_t(u64, stapc_program.limits.lock_wait_us, STAPC_LOCK_WAIT_US);

	return stapc_tsc() + (u64)(tsc_khz ? tsc_khz : 1000000) * wait_us / 1000;
}

/* Between two attempts: whether there is time for another. */
static bool stapc_lock_pause(struct stapc_cpu *c, u64 deadline)
{
	cpu_relax();
	if ((s64)(deadline - stapc_tsc()) > 0)
		return true;
	c->skip = STAPC_SKIPPED_LOCK;
	return false;
}

stapc_noinline bool stapc_write_lock_wait(struct stapc_cpu *c, struct stapc_lock *lock)
{
	u64 deadline = stapc_lock_deadline();

	do {
		if (!READ_ONCE(lock->word) && stapc_lock_try(&lock->word, 0, -1))
			return true;
	} while (stapc_lock_pause(c, deadline));
	return false;
}

stapc_noinline bool stapc_read_lock_wait(struct stapc_cpu *c, struct stapc_lock *lock)
{
	u64 deadline = stapc_lock_deadline();

	do {
		s32 word = READ_ONCE(lock->word);

		if (word >= 0 && stapc_lock_try(&lock->word, word, word + 1))
			return true;
	} while (stapc_lock_pause(c, deadline));
	return false;
}

/* Nonzero: a timer collects parts, or waits for those who add to them. */
s32 stapc_collecting;

static bool stapc_adding_elsewhere(const struct stapc_cpu *c)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct stapc_cpu *other = per_cpu(stapc_this_cpu_context, cpu);

		if (other != c && READ_ONCE(other->adding))
			return true;
	}
	return false;
}

stapc_noinline bool stapc_parts_take(struct stapc_cpu *c)
{
	u64 deadline = stapc_lock_deadline();

	while (READ_ONCE(stapc_collecting) || !stapc_lock_try(&stapc_collecting, 0, 1)) {
		if (!stapc_lock_pause(c, deadline))
			return false;
	}
	while (stapc_adding_elsewhere(c)) {
		if (!stapc_lock_pause(c, deadline)) {
			stapc_parts_give();
			return false;
		}
	}
	/* What they have added is seen from here on. */
	smp_rmb();
	return true;
}

stapc_noinline void stapc_parts_give(void)
{
	smp_store_release(&stapc_collecting, 0);
}

/* Whoever collects must not have to wait for this hit, nor the other way for ever. */
stapc_noinline bool stapc_adding_wait(struct stapc_cpu *c)
{
	u64 deadline = stapc_lock_deadline();

	do {
		WRITE_ONCE(c->adding, 0);
		while (READ_ONCE(stapc_collecting)) {
			if (!stapc_lock_pause(c, deadline))
				return false;
		}
		smp_store_mb(c->adding, 1);
	} while (READ_ONCE(stapc_collecting));
	return true;
}
