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

/* Operands of a %gs-relative instruction. Some kernels have both in one structure. */
#ifdef STAPC_HAS_PCPU_HOT
#define STAPC_K_PREEMPT_COUNT "pcpu_hot+8"
#define STAPC_K_CURRENT_TASK "pcpu_hot"
#else
#define STAPC_K_PREEMPT_COUNT "__preempt_count"
#define STAPC_K_CURRENT_TASK "current_task"
#endif

#define STAPC_K_EXTABLE_TYPE __stringify(EX_TYPE_DEFAULT)

/*
 * The kernel's half of the address space as it is with 5-level page tables
 * (what is not canonical with 4 levels faults like an address with nothing
 * there); below the vsyscall page, which the page fault handler treats as the
 * user's. Eight bytes are left for the widest load.
 */
#define STAPC_K_READABLE_START 0xff00000000000000ull
#define STAPC_K_READABLE_LAST 0xffffffffff5ffff8ull

#if defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) && defined(arch_ftrace_regs)
#define STAPC_K_FTRACE_REGS_PT_REGS offsetof(struct __arch_ftrace_regs, regs)
#elif defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
#define STAPC_K_FTRACE_REGS_PT_REGS offsetof(struct ftrace_regs, regs)
#else
#define STAPC_K_FTRACE_REGS_PT_REGS 0
#endif

#endif /* STAPC_PROFILE_CONSTANTS_H */
