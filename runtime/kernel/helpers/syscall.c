// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/syscall.c: the system call that the current task is in.
 */
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <asm/syscall.h>

#include "../process.h"

/* What system calls are called, by their numbers: of programs of 64 bits, and of 32. Kbuild makes both. */
static const char *const stapc_calls[] = {
#include "calls_64.h"
};

#ifdef CONFIG_IA32_EMULATION
static const char *const stapc_calls_32[] = {
#include "calls_32.h"
};
#endif

/* Those of the current task's program. */
static const char *const *stapc_calls_seen(u64 *count)
{
#ifdef CONFIG_IA32_EMULATION
	if (in_ia32_syscall()) {
		*count = ARRAY_SIZE(stapc_calls_32);
		return stapc_calls_32;
	}
#endif
	*count = ARRAY_SIZE(stapc_calls);
	return stapc_calls;
}

void stapc_helper_syscall_name(struct stapc_cpu *c, struct stapc_str *to, s64 number)
{
	u64 count, len = 0;
	const char *const *calls = stapc_calls_seen(&count);

	if ((u64)number < count && calls[number])
		stapc_text_add(to, &len, calls[number], strlen(calls[number]));
	stapc_str_end(to, len);
}

s64 stapc_helper_syscall_num(struct stapc_cpu *c, const struct stapc_str *name)
{
	u64 count, i;
	const char *const *calls = stapc_calls_seen(&count);

	for (i = 0; i < count; i++)
		if (calls[i] && strlen(calls[i]) == name->len && !memcmp(calls[i], name->text, name->len))
			return i;
	return -1;
}

s64 stapc_helper__syscall_arg(struct stapc_cpu *c, s64 number)
{
	unsigned long args[6];

	if (number < 1 || number > 6 || current->flags & PF_KTHREAD)
		return 0;
	syscall_get_arguments(current, stapc_user_regs(), args);
	return args[number - 1];
}

s64 stapc_helper__syscall_compat(struct stapc_cpu *c)
{
#ifdef CONFIG_IA32_EMULATION
	return in_ia32_syscall();
#else
	return 0;
#endif
}

s64 stapc_helper__syscall_number(struct stapc_cpu *c)
{
	return syscall_get_nr(current, stapc_user_regs());
}

s64 stapc_helper__syscall_return(struct stapc_cpu *c)
{
	return regs_return_value(stapc_user_regs());
}
