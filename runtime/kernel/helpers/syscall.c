// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/syscall.c: the system call that the current task is in.
 */
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <asm/syscall.h>

#include "../process.h"

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
