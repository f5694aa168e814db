// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * backtrace.c: the kernel's stack where a probe was hit, and what its addresses are called.
 *
 * It is unwound from the registers of the hit (ORC or frame pointers, as the kernel was built). Points
 * without them, which are tracepoints, timers and the session's own, have the stack that they run on,
 * without what is this module's.
 */
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <asm/unwind.h>

#include "session.h"

/* Of them, this module's own where there are no registers. */
#define STAPC_STACK_OWN 16

stapc_noinline bool stapc_stack_lower(u64 bytes)
{
	/* On another stack this is far more, or negative. */
	return (u64)(current_stack_pointer - (unsigned long)current->stack) < bytes;
}

static u32 stapc_stack_here(unsigned long *to)
{
	u32 count = stack_trace_save(to, STAPC_STACK_DEPTH + STAPC_STACK_OWN, 0), own = 0;

	while (own < count && within_module(to[own], THIS_MODULE))
		own++;
	count = min_t(u32, count - own, STAPC_STACK_DEPTH);
	memmove(to, to + own, count * sizeof(*to));
	return count;
}

stapc_noinline u32 stapc_stack_most(void)
{
	return min_t(u32, stapc_program.limits.backtrace, STAPC_STACK_DEPTH);
}

stapc_noinline u32 stapc_stack_unwind(struct task_struct *task, struct pt_regs *regs, unsigned long *to, u32 most)
{
	struct unwind_state state;
	u32 count = 0;

	for (unwind_start(&state, task, regs, NULL); !unwind_done(&state) && count < most;
	     unwind_next_frame(&state)) {
		unsigned long address = unwind_get_return_address(&state);

		if (!address)
			break;
		to[count++] = address;
	}
	return count;
}

/* At most `most` addresses, from the innermost on, to where there is room for STAPC_STACK_DEPTH + STAPC_STACK_OWN. */
static u32 stapc_stack_walk(const struct stapc_cpu *c, unsigned long *to, u32 most)
{
	struct pt_regs *regs = (struct pt_regs *)c->regs;

	if (!regs)
		return min(stapc_stack_here(to), most);
	/* Unwinding from registers begins with their caller. */
	to[0] = c->address ? c->address : regs->ip;
	return 1 + stapc_stack_unwind(current, regs, to + 1, max(most, 1u) - 1);
}

stapc_noinline s64 stapc_stack(struct stapc_cpu *c, s64 depth)
{
	unsigned long stack[STAPC_STACK_DEPTH + STAPC_STACK_OWN];

	if (depth < 0 || depth >= STAPC_STACK_DEPTH)
		return 0;
	return depth < stapc_stack_walk(c, stack, depth + 1) ? (s64)stack[depth] : 0;
}

stapc_noinline void stapc_stack_string(struct stapc_str *to, const unsigned long *stack, u32 count)
{
	u32 i, used = 0;

	for (i = 0; i < count; i++) {
		/* 0x and 16 digits. */
		char text[20];
		u32 len = scnprintf(text, sizeof(text), "%s0x%lx", i ? " " : "", stack[i]);

		if (used + len > stapc_program.string_max)
			break;
		memcpy(to->text + used, text, len);
		used += len;
	}
	stapc_str_end(to, used);
}

stapc_noinline void stapc_backtrace(struct stapc_cpu *c, struct stapc_str *to)
{
	unsigned long stack[STAPC_STACK_DEPTH + STAPC_STACK_OWN];

	stapc_stack_string(to, stack, stapc_stack_walk(c, stack, stapc_stack_most()));
}

/* What an address is called; a return address by the call before it. */
static u32 stapc_symbol_text(char *to, u32 size, unsigned long address, bool returns)
{
	u32 len = returns ? scnprintf(to, size, "%pB", (void *)address) : scnprintf(to, size, "%pS", (void *)address);

	/* A module's name comes in brackets; an address without a symbol comes as it is. */
	if (len && to[len - 1] != ']' && !str_has_prefix(to, "0x"))
		len += scnprintf(to + len, size - len, " [kernel]");
	return len;
}

stapc_noinline void stapc_print_backtrace(struct stapc_cpu *c)
{
	unsigned long stack[STAPC_STACK_DEPTH + STAPC_STACK_OWN];
	u32 i, count = stapc_stack_walk(c, stack, stapc_stack_most());

	for (i = 0; i < count; i++) {
		char *line = c->message;
		u32 len = scnprintf(line, STAPC_MESSAGE_SIZE, " 0x%lx : ", stack[i]);

		len += stapc_symbol_text(line + len, STAPC_MESSAGE_SIZE - 1 - len, stack[i], i > 0);
		line[len++] = '\n';
		stapc_print_literal(c, line, len);
	}
}

stapc_noinline void stapc_message_string(const struct stapc_cpu *c, struct stapc_str *to, u32 len)
{
	len = min_t(u32, len, stapc_program.string_max);
	memcpy(to->text, c->message, len);
	stapc_str_end(to, len);
}

stapc_noinline void stapc_symdata(struct stapc_cpu *c, struct stapc_str *to, s64 address)
{
	stapc_message_string(c, to, stapc_symbol_text(c->message, STAPC_MESSAGE_SIZE, address, false));
}

stapc_noinline void stapc_symname(struct stapc_cpu *c, struct stapc_str *to, s64 address)
{
	u32 len = scnprintf(c->message, STAPC_MESSAGE_SIZE, "%ps", (void *)address);
	char *space = memchr(c->message, ' ', len);

	stapc_message_string(c, to, space ? space - c->message : len);
}
