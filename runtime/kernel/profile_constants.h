/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * profile_constants.h: those constants of the kernel that the runtime itself
 * needs in its copy of the shared headers. Needs the kernel's headers.
 */
#ifndef STAPC_PROFILE_CONSTANTS_H
#define STAPC_PROFILE_CONSTANTS_H

#include <linux/ftrace.h>
#include <linux/stringify.h>
#include <asm/current.h>
#include <asm/extable_fixup_types.h>
#include <asm/vsyscall.h>

/* Operands of a %gs-relative instruction. From 6.2 on they are in one structure. */
#ifdef X86_PCPU_HOT_SIZE
#define STAPC_K_PREEMPT_COUNT "pcpu_hot+8"
#define STAPC_K_CURRENT_TASK "pcpu_hot"
#else
#define STAPC_K_PREEMPT_COUNT "__preempt_count"
#define STAPC_K_CURRENT_TASK "current_task"
#endif

#define STAPC_K_EXTABLE_TYPE __stringify(EX_TYPE_DEFAULT)

/*
 * The kernel's half of the address space, with 5-level page tables if the
 * kernel was built for them; below the vsyscall page, which the page fault
 * handler treats as the user's. Eight bytes are left for the widest load.
 */
#ifdef CONFIG_X86_5LEVEL
#define STAPC_K_READABLE_START 0xff00000000000000ull
#else
#define STAPC_K_READABLE_START 0xffff800000000000ull
#endif
#define STAPC_K_READABLE_LAST 0xffffffffff5ffff8ull

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#define STAPC_K_FTRACE_REGS_PT_REGS offsetof(struct ftrace_regs, regs)
#else
#define STAPC_K_FTRACE_REGS_PT_REGS 0
#endif

#endif /* STAPC_PROFILE_CONSTANTS_H */
