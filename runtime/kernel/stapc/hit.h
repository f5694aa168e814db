/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * hit.h: into a handler and out of it.
 *
 *     static void probe_0(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
 *                         struct ftrace_regs *fregs)
 *     {
 *             const struct stapc_regs *regs = stapc_regs(fregs);
 *             struct stapc_cpu *c = stapc_enter(&probes[0]);
 *
 *             if (unlikely(!c))
 *                     return;
 *             ... the handler ...
 *             stapc_leave(c);
 *     }
 *
 * Every entry function has that signature, which is ftrace's. Kprobes,
 * kretprobes, timers and the session's own points call it too; those without
 * registers (timers, begin, end, error) pass a null fregs.
 */
#ifndef STAPC_HIT_H
#define STAPC_HIT_H

struct ftrace_ops;
struct ftrace_regs;

typedef void (*stapc_entry_fn)(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
			       struct ftrace_regs *fregs);

/* Nonzero: no further handler starts (not yet begun, exit(), stop, overload). */
extern u32 stapc_gate;

/* Nonzero: parts are being collected. */
extern s32 stapc_collecting;

/* Waits until they are not: false when time is up, which counts as skipped. */
bool __cold stapc_adding_wait(struct stapc_cpu *c);

/*
 * A hit that will not be handled: by re-entry, or for want of stack, it is counted as skipped, outside
 * of the session's time it is no hit. Enables preemption again.
 */
void __cold stapc_refuse(struct stapc_cpu *c);

/* Writes output, reports a fault, counts a skip: what `attention` asks for. */
void stapc_attend(struct stapc_cpu *c);

/* What a very long hit counts for: see hit.c. */
u32 __cold stapc_long_hit(struct stapc_cpu *c, u32 spent);

/* Counts the time of a hit for its point. */
void stapc_time_hit(struct stapc_cpu *c);

/* An overload interval is over on this CPU: judges it and starts the next. */
void __cold stapc_overload_check(struct stapc_cpu *c);

/* The scheduler wanted this CPU during a handler. */
void __cold stapc_resched(void);

/* exit(): no further handler starts; the session ends. */
void __cold stapc_exit(struct stapc_cpu *c);

/* Whether the task's stack is in use and has less room than this. */
bool __cold stapc_stack_lower(u64 bytes);

/* STAPC_MINSTACKSPACE, or the power of two above. */
#define STAPC_STACK_ROOM (STAPC_MINSTACKSPACE < 2 ? 1 : 1 << (32 - __builtin_clz(STAPC_MINSTACKSPACE - 1)))

/* Of programs that turn interrupts off: the flags before, to be restored. */
u64 stapc_interrupts_off(void);
void stapc_interrupts_restore(u64 flags);

/* Ticks from which on a hit may have been interrupted rather than long. */
#define STAPC_LONG_HIT (1u << 22)

/* In one instruction, so that an interrupt cannot lose a count. */
static __always_inline void stapc_count(struct stapc_cpu *c, enum stapc_counter counter)
{
	__asm__ volatile("incq %0" : "+m"(c->counters[counter]) : : "cc");
}

/* What the handler of a condition says: whether it holds, or one of these. */
extern s8 stapc_verdict;
#define STAPC_UNSAID (-1) /* by a fault */
#define STAPC_UNASKED (-2) /* for want of a lock */
void __cold stapc_attend_condition(struct stapc_cpu *c);

/* Nonzero: the conditions will be looked at anyway, or never again. */
extern u8 stapc_stale;
void __cold stapc_reconsider_soon(void);

/* The context of a begin, end or error point gets the elements to iterate with, and gives them back. */
void __cold stapc_session_swap(struct stapc_cpu *c);

#ifndef STAPC_RUNTIME

static __always_inline void stapc_preempt_disable(void)
{
	__asm__ volatile("incl %%gs:" STAPC_K_PREEMPT_COUNT : : : "memory", "cc");
}

static __always_inline void stapc_preempt_enable(void)
{
	bool resched;

	__asm__ volatile("decl %%gs:" STAPC_K_PREEMPT_COUNT : "=@ccz"(resched) : : "memory");
	if (unlikely(resched))
		stapc_resched();
}

/* The context of this CPU. Preemption must be off. */
static __always_inline struct stapc_cpu *stapc_this_cpu(void)
{
	struct stapc_cpu *c;

	__asm__ volatile("movq %%gs:stapc_this_cpu_context, %0" : "=r"(c));
	return c;
}

/*
 * Whether the task's stack, if that is the one in use, has too little room left. Such a stack begins at a
 * multiple of its size: so where one of these bits is set, there is enough, whatever stack it is.
 */
static __always_inline bool stapc_stack_low(void)
{
#if STAPC_MINSTACKSPACE
	bool perhaps;

	__asm__ volatile("testl %1, %%esp"
			 : "=@ccz"(perhaps)
			 : "i"(STAPC_STACK_ROOM < STAPC_K_THREAD_SIZE ? STAPC_K_THREAD_SIZE - STAPC_STACK_ROOM : 0));
	return unlikely(perhaps) && stapc_stack_lower(STAPC_MINSTACKSPACE);
#else
	return false;
#endif
}

static __always_inline void stapc_begin_handler(struct stapc_cpu *c, const struct stapc_probe *probe)
{
	c->busy = 1;
	barrier();
	c->probe = probe;
	c->depth = 0;
	c->iterate_used = 0;
	c->entered = stapc_tsc_low();
}

/*
 * Starts a hit: NULL if it is not to be handled (there is nothing to leave then). Preemption is off until
 * stapc_leave(), and interrupts are if the program says so.
 */
static __always_inline struct stapc_cpu *stapc_enter(const struct stapc_probe *probe)
{
	u64 flags = STAPC_INTERRUPTIBLE ? 0 : stapc_interrupts_off();
	struct stapc_cpu *c;

	stapc_preempt_disable();
	c = stapc_this_cpu();
	stapc_count(c, STAPC_HITS);
	if (unlikely(READ_ONCE(stapc_gate) | c->busy) || stapc_stack_low()) {
		stapc_refuse(c);
		if (!STAPC_INTERRUPTIBLE)
			stapc_interrupts_restore(flags);
		return NULL;
	}
	stapc_begin_handler(c, probe);
	if (!STAPC_INTERRUPTIBLE)
		c->flags = flags;
	return c;
}

/*
 * The same for the handler of a condition, which the session runs at any time. It meets no other handler, so this never
 * fails; and it is no hit, but for one that gets no lock: that is one that was skipped.
 */
static __always_inline struct stapc_cpu *stapc_enter_condition(const struct stapc_probe *probe)
{
	struct stapc_cpu *c;

	stapc_preempt_disable();
	c = stapc_this_cpu();
	stapc_begin_handler(c, probe);
	return c;
}

/*
 * The same for begin, end and error, which run while the gate is shut. They
 * can meet no other handler, so this never fails; and they are no hits.
 */
static __always_inline struct stapc_cpu *stapc_enter_session(const struct stapc_probe *probe)
{
	struct stapc_cpu *c = stapc_enter_condition(probe);

	stapc_session_swap(c);
	return c;
}

/* Counts the time of the hit, and judges an overload interval that is over. */
static __always_inline void stapc_watch(struct stapc_cpu *c)
{
#ifndef STAPC_STP_NO_OVERLOAD
	u32 now = stapc_tsc_low(), spent = now - c->entered;

	if (unlikely(spent > STAPC_LONG_HIT))
		spent = stapc_long_hit(c, spent);
	c->cycles += spent;
	if (unlikely(now - c->overload_since > STAPC_STP_OVERLOAD_INTERVAL))
		stapc_overload_check(c);
#endif
}

/* Ends a hit. */
static __always_inline void stapc_leave(struct stapc_cpu *c)
{
	u64 flags = c->flags;

	stapc_count(c, STAPC_HANDLED);
	if (unlikely(c->attention))
		stapc_attend(c);
	stapc_watch(c);
	if (STAPC_STP_TIMING)
		stapc_time_hit(c);
	barrier();
	c->busy = 0;
	if (!STAPC_INTERRUPTIBLE)
		stapc_interrupts_restore(flags);
	stapc_preempt_enable();
}

/* Both out of line: of programs with very many handlers, which take long to compile else. */
static stapc_noinline __maybe_unused struct stapc_cpu *stapc_enter_far(const struct stapc_probe *probe)
{
	return stapc_enter(probe);
}

static stapc_noinline __maybe_unused void stapc_leave_far(struct stapc_cpu *c)
{
	stapc_leave(c);
}

/*
 * Starts, as stapc_enter(), a hit that adds to parts which timers collect: it waits, for a bounded time, for one that does.
 */
static __always_inline struct stapc_cpu *stapc_enter_adding(const struct stapc_probe *probe)
{
	struct stapc_cpu *c = stapc_enter(probe);
	u8 adding = 1;

	if (unlikely(!c))
		return NULL;
	/* Set before it is asked whether anyone collects: a full barrier. */
	__asm__ volatile("xchgb %0, %1" : "+q"(adding), "+m"(c->adding) : : "memory");
	if (unlikely(READ_ONCE(stapc_collecting)) && !stapc_adding_wait(c)) {
		stapc_leave(c);
		return NULL;
	}
	return c;
}

static __always_inline void stapc_leave_adding(struct stapc_cpu *c)
{
	barrier(); /* x86 does not reorder stores with older accesses */
	WRITE_ONCE(c->adding, 0);
	stapc_leave(c);
}

static __always_inline void stapc_leave_condition(struct stapc_cpu *c)
{
	if (c->attention)
		stapc_attend_condition(c);
	barrier();
	c->busy = 0;
	stapc_preempt_enable();
}

/* The handler may have written what a condition reads: that is there before it is asked whether anyone will look. */
static __always_inline void stapc_reconsider(void)
{
	__asm__ volatile("lock addl $0, -4(%%rsp)" : : : "memory", "cc");
	if (unlikely(!READ_ONCE(stapc_stale)))
		stapc_reconsider_soon();
}

/* Ends begin, end or error: no overload watch. */
static __always_inline void stapc_leave_session(struct stapc_cpu *c)
{
	if (c->attention)
		stapc_attend(c);
	if (STAPC_STP_TIMING)
		stapc_time_hit(c);
	stapc_session_swap(c);
	barrier();
	c->busy = 0;
	stapc_preempt_enable();
}

#endif /* !STAPC_RUNTIME */

#endif /* STAPC_HIT_H */
