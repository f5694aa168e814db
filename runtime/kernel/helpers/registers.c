// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/registers.c: where and how the code that was hit runs.
 */
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include "../session.h"

s64 stapc_helper_registers_valid(struct stapc_cpu *c)
{
	return c->regs != NULL;
}

bool stapc_helper__register(struct stapc_cpu *c, s64 offset, s64 *to, u32 site)
{
	*to = 0;
	if (c->regs && (u64)offset <= sizeof(struct pt_regs) - 8)
		*to = *(const s64 *)((const char *)c->regs + (offset & ~7));
	return true;
}

bool stapc_helper__set_register(struct stapc_cpu *c, s64 offset, s64 value, u32 site)
{
	if (!c->regs || (u64)offset > sizeof(struct pt_regs) - 8)
		return stapc_helper_error(c, site, "there are no registers here");
	*(s64 *)((char *)c->regs + (offset & ~7)) = value;
	return true;
}

s64 stapc_helper_user_mode(struct stapc_cpu *c)
{
	return c->regs && user_mode((struct pt_regs *)c->regs);
}

s64 stapc_helper_is_return(struct stapc_cpu *c)
{
	return c->probe->kind == STAPC_RETURN;
}

/* A thread of the kernel has no such registers. */
s64 stapc_helper_uaddr(struct stapc_cpu *c)
{
	if (c->regs && user_mode((struct pt_regs *)c->regs))
		return ((struct pt_regs *)c->regs)->ip;
	return current->flags & PF_KTHREAD || !current->mm ? 0 : task_pt_regs(current)->ip;
}
