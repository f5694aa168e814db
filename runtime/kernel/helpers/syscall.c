// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/syscall.c: the system call that the current task makes, by the registers that it made it with.
 */
#include <linux/sched.h>
#include <asm/syscall.h>

#include "../session.h"

#define STAPC_SYSCALL_ARGUMENTS 6

s64 stapc_helper__syscall_arg(const struct stapc_cpu *c, s64 number)
{
	unsigned long arguments[STAPC_SYSCALL_ARGUMENTS];

	if (number < 1 || number > STAPC_SYSCALL_ARGUMENTS)
		return 0;
	syscall_get_arguments(current, stapc_user_regs(), arguments);
	return (s64)arguments[number - 1];
}

s64 stapc_helper__syscall_number(const struct stapc_cpu *c)
{
	return syscall_get_nr(current, stapc_user_regs());
}

s64 stapc_helper__syscall_return(const struct stapc_cpu *c)
{
	return regs_return_value(stapc_user_regs());
}
