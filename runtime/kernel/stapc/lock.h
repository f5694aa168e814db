/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * lock.h: the read-write lock of a global.
 *
 * One word: 0 free, n > 0 readers, -1 a writer. Taken by handlers only, which
 * run one at a time on a CPU and never sleep; so a holder is on another CPU,
 * and will be done soon unless that CPU is interrupted. Waiting is bounded in
 * time: what cannot be had is a skipped hit, not a deadlock. Lockdep need not
 * know: locks are taken in one global order (the compiler's), and given up
 * rather than waited for for ever.
 *
 * Taking returns false when time is up: the hit counts as skipped then, and the
 * handler must release what it holds and leave.
 */
#ifndef STAPC_LOCK_H
#define STAPC_LOCK_H

struct stapc_lock {
	s32 word;
};

/* The waiting half, out of line. */
bool __cold stapc_read_lock_wait(struct stapc_cpu *c, struct stapc_lock *lock);
bool __cold stapc_write_lock_wait(struct stapc_cpu *c, struct stapc_lock *lock);

/* Sets *word to `new` if it is `old`: whether it did. A full barrier. */
static __always_inline bool stapc_lock_try(s32 *word, s32 old, s32 new)
{
	bool taken;

	__asm__ volatile("lock cmpxchgl %3, %1"
			 : "=@ccz"(taken), "+m"(*word), "+a"(old)
			 : "r"(new)
			 : "memory");
	return taken;
}

static __always_inline bool __must_check stapc_write_lock(struct stapc_cpu *c, struct stapc_lock *lock)
{
	if (likely(stapc_lock_try(&lock->word, 0, -1)))
		return true;
	return stapc_write_lock_wait(c, lock);
}

static __always_inline void stapc_write_unlock(struct stapc_lock *lock)
{
	barrier(); /* x86 does not reorder stores with older accesses */
	WRITE_ONCE(lock->word, 0);
}

static __always_inline bool __must_check stapc_read_lock(struct stapc_cpu *c, struct stapc_lock *lock)
{
	s32 word = READ_ONCE(lock->word);

	if (likely(word >= 0 && stapc_lock_try(&lock->word, word, word + 1)))
		return true;
	return stapc_read_lock_wait(c, lock);
}

static __always_inline void stapc_read_unlock(struct stapc_lock *lock)
{
	__asm__ volatile("lock decl %0" : "+m"(lock->word) : : "memory", "cc");
}

#endif /* STAPC_LOCK_H */
