/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * context.h: what a handler may ask about where and when it runs.
 */
#ifndef STAPC_CONTEXT_H
#define STAPC_CONTEXT_H

/* target(): the process given by -c or -x, else 0. */
extern int stapc_target;

struct stapc_regs;
struct task_struct;

/* While a thread of the kernel stands in for a process: that thread, and of the process. Else NULL. */
extern struct task_struct *stapc_walker, *stapc_walked;

/* fs.base of the current task, which points to what each of its threads has for its own. */
s64 stapc_thread_pointer(void);

#ifndef STAPC_RUNTIME

/* Of the kernel: nanoseconds since the epoch; may be called from anywhere. */
u64 ktime_get_real_fast_ns(void);

static __always_inline s64 stapc_time_ns(void)
{
	return (s64)ktime_get_real_fast_ns();
}

#ifdef STAPC_HOSTED
s64 stapc_cycles(void);
#else
static __always_inline s64 stapc_cycles(void)
{
	return (s64)stapc_tsc();
}
#endif

static __always_inline s64 stapc_cpu_number(const struct stapc_cpu *c)
{
	return c->cpu;
}

static __always_inline s64 stapc_target_pid(void)
{
	return stapc_target;
}

/*
 * The address of the task that the handler is about: the same all through it. It is the running one, but
 * where a program defines STAPC_STANDS_IN, which one with begin points of processes must.
 */
static __always_inline const char *stapc_task(void)
{
	const char *task;

	__asm__("movq %%gs:" STAPC_K_CURRENT_TASK ", %0" : "=r"(task));
#ifdef STAPC_STANDS_IN
	if (unlikely(task == (const char *)READ_ONCE(stapc_walker)))
		task = (const char *)READ_ONCE(stapc_walked);
#endif
	return task;
}

/* gs.base: how far this processor's copies of per-CPU variables are from what was linked. */
static __always_inline s64 stapc_processor(void)
{
	s64 distance;

	__asm__("movq %%gs:this_cpu_off, %0" : "=r"(distance));
	return distance;
}

#define STAPC_FIELD(base, offset, type) (*(type const volatile *)((const char *)(base) + (offset)))

/* pid() is the process (thread group), tid() the thread. */
static __always_inline s64 stapc_pid(void)
{
	return STAPC_FIELD(stapc_task(), STAPC_K_TASK_TGID, s32);
}

static __always_inline s64 stapc_tid(void)
{
	return STAPC_FIELD(stapc_task(), STAPC_K_TASK_PID, s32);
}

/* A task's parent is freed by RCU only, and no grace period ends in a handler. */
static __always_inline s64 stapc_ppid(void)
{
	const char *parent = STAPC_FIELD(stapc_task(), STAPC_K_TASK_REAL_PARENT, const char *);

	return STAPC_FIELD(parent, STAPC_K_TASK_TGID, s32);
}

static __always_inline const char *stapc_cred(void)
{
	return STAPC_FIELD(stapc_task(), STAPC_K_TASK_CRED, const char *);
}

static __always_inline s64 stapc_uid(void)
{
	return STAPC_FIELD(stapc_cred(), STAPC_K_CRED_UID, u32);
}

static __always_inline s64 stapc_euid(void)
{
	return STAPC_FIELD(stapc_cred(), STAPC_K_CRED_EUID, u32);
}

static __always_inline s64 stapc_gid(void)
{
	return STAPC_FIELD(stapc_cred(), STAPC_K_CRED_GID, u32);
}

static __always_inline s64 stapc_egid(void)
{
	return STAPC_FIELD(stapc_cred(), STAPC_K_CRED_EGID, u32);
}

static __always_inline void stapc_execname_cut(struct stapc_str *to)
{
	if (STAPC_STR_MAX < 15 && to->len > STAPC_STR_MAX)
		stapc_str_end(to, STAPC_STR_MAX);
}

/*
 * execname(): at most 15 bytes. The kernel may be writing it (prctl), so the
 * two words are read once, and what follows the first NUL is cleared. Short strings of a program cut it.
 */
static __always_inline void stapc_execname(struct stapc_str *to)
{
	const volatile stapc_word *comm =
		(const volatile stapc_word *)(stapc_task() + STAPC_K_TASK_COMM);
	stapc_word *text = (stapc_word *)to->text;
	const u64 ones = 0x0101010101010101ull, tops = 0x8080808080808080ull;
	u64 first = comm[0], second = comm[1] & ~(0xffull << 56), zeros;

	zeros = (first - ones) & ~first & tops;
	if (zeros) {
		/* The lowest set bit is the top bit of the first zero byte. */
		u32 bit = (u32)__builtin_ctzll(zeros) - 7;

		text[0] = first & ((1ull << bit) - 1);
		to->len = bit / 8;
		stapc_execname_cut(to);
		return;
	}
	if (STAPC_STR_BYTES <= 8) {
		text[0] = first;
		stapc_str_end(to, STAPC_STR_MAX);
		return;
	}
	zeros = (second - ones) & ~second & tops;
	{
		u32 bit = (u32)__builtin_ctzll(zeros) - 7;

		text[0] = first;
		text[1] = second & ((1ull << bit) - 1);
		to->len = 8 + bit / 8;
	}
	stapc_execname_cut(to);
}

/*
 * The registers at the probed function's entry or return. At an entry found by
 * ftrace only the argument registers are there.
 */
static __always_inline const struct stapc_regs *stapc_regs(const struct ftrace_regs *fregs)
{
	return (const struct stapc_regs *)((const char *)fregs + STAPC_K_FTRACE_REGS_PT_REGS);
}

#define STAPC_REGISTER(name, constant)                                                            \
	static __always_inline s64 stapc_##name(const struct stapc_regs *regs)                    \
	{                                                                                         \
		return STAPC_FIELD(regs, constant, s64);                                          \
	}

/* The first six integer parameters, in the order of the x86-64 ABI. */
STAPC_REGISTER(arg_0, STAPC_K_REGS_DI)
STAPC_REGISTER(arg_1, STAPC_K_REGS_SI)
STAPC_REGISTER(arg_2, STAPC_K_REGS_DX)
STAPC_REGISTER(arg_3, STAPC_K_REGS_CX)
STAPC_REGISTER(arg_4, STAPC_K_REGS_R8)
STAPC_REGISTER(arg_5, STAPC_K_REGS_R9)
/* The value that the function returns; at a return only. */
STAPC_REGISTER(return_value, STAPC_K_REGS_AX)

/* Any register, by the constant of its place. */
#define stapc_register(regs, constant) STAPC_FIELD(regs, constant, s64)

#endif /* !STAPC_RUNTIME */

#endif /* STAPC_CONTEXT_H */
