// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * profile.c: what probe.c must know of this kernel, as text.
 *
 * The object's section ".discard.stapc.profile" holds, ready to be written to a file
 * named profile.h, one line for each constant:
 *
 *     #define STAPC_K_TASK_TGID 1436
 *
 * The section is not loaded (".discard." is what modpost allows for that).
 * Integers are written in decimal; names are string
 * literals for use in asm.
 */
#include <linux/cred.h>
#include <linux/ftrace.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

#include "profile_constants.h"

#define PROFILE_LINE(line)                                                                        \
	".pushsection .discard.stapc.profile,\"\",@progbits\n"                                            \
	".ascii \"#define " line "\\n\"\n"                                                        \
	".popsection\n"

#define PROFILE_INTEGER(name, value) asm volatile(PROFILE_LINE(name " %c0") : : "i"(value))
/* Too wide for an immediate operand: the text of the constant itself. */
#define PROFILE_ADDRESS(name, value) asm volatile(PROFILE_LINE(name " " __stringify(value)))
#define PROFILE_NAME(name, value) asm volatile(PROFILE_LINE(name " \\\"" value "\\\""))

#ifdef STAPC_HAS_PCPU_HOT
/* As the names in profile_constants.h have it. */
static_assert(offsetof(struct pcpu_hot, current_task) == 0);
static_assert(offsetof(struct pcpu_hot, preempt_count) == 8);
#endif

void stapc_profile(void);

void stapc_profile(void)
{
	PROFILE_NAME("STAPC_K_PREEMPT_COUNT", STAPC_K_PREEMPT_COUNT);
	PROFILE_NAME("STAPC_K_CURRENT_TASK", STAPC_K_CURRENT_TASK);
	PROFILE_NAME("STAPC_K_EXTABLE_TYPE", STAPC_K_EXTABLE_TYPE);
	PROFILE_ADDRESS("STAPC_K_READABLE_START", STAPC_K_READABLE_START);
	PROFILE_ADDRESS("STAPC_K_READABLE_LAST", STAPC_K_READABLE_LAST);

	PROFILE_INTEGER("STAPC_K_TASK_PID", offsetof(struct task_struct, pid));
	PROFILE_INTEGER("STAPC_K_TASK_TGID", offsetof(struct task_struct, tgid));
	PROFILE_INTEGER("STAPC_K_TASK_REAL_PARENT", offsetof(struct task_struct, real_parent));
	PROFILE_INTEGER("STAPC_K_TASK_CRED", offsetof(struct task_struct, cred));
	PROFILE_INTEGER("STAPC_K_THREAD_SIZE", THREAD_SIZE);
	PROFILE_INTEGER("STAPC_K_TASK_COMM", offsetof(struct task_struct, comm));
	PROFILE_INTEGER("STAPC_K_CRED_UID", offsetof(struct cred, uid));
	PROFILE_INTEGER("STAPC_K_CRED_EUID", offsetof(struct cred, euid));
	PROFILE_INTEGER("STAPC_K_CRED_GID", offsetof(struct cred, gid));
	PROFILE_INTEGER("STAPC_K_CRED_EGID", offsetof(struct cred, egid));

	PROFILE_INTEGER("STAPC_K_FTRACE_REGS_PT_REGS", STAPC_K_FTRACE_REGS_PT_REGS);
	PROFILE_INTEGER("STAPC_K_REGS_DI", offsetof(struct pt_regs, di));
	PROFILE_INTEGER("STAPC_K_REGS_SI", offsetof(struct pt_regs, si));
	PROFILE_INTEGER("STAPC_K_REGS_DX", offsetof(struct pt_regs, dx));
	PROFILE_INTEGER("STAPC_K_REGS_CX", offsetof(struct pt_regs, cx));
	PROFILE_INTEGER("STAPC_K_REGS_R8", offsetof(struct pt_regs, r8));
	PROFILE_INTEGER("STAPC_K_REGS_R9", offsetof(struct pt_regs, r9));
	PROFILE_INTEGER("STAPC_K_REGS_AX", offsetof(struct pt_regs, ax));
	PROFILE_INTEGER("STAPC_K_REGS_BX", offsetof(struct pt_regs, bx));
	PROFILE_INTEGER("STAPC_K_REGS_BP", offsetof(struct pt_regs, bp));
	PROFILE_INTEGER("STAPC_K_REGS_SP", offsetof(struct pt_regs, sp));
	PROFILE_INTEGER("STAPC_K_REGS_R10", offsetof(struct pt_regs, r10));
	PROFILE_INTEGER("STAPC_K_REGS_R11", offsetof(struct pt_regs, r11));
	PROFILE_INTEGER("STAPC_K_REGS_R12", offsetof(struct pt_regs, r12));
	PROFILE_INTEGER("STAPC_K_REGS_R13", offsetof(struct pt_regs, r13));
	PROFILE_INTEGER("STAPC_K_REGS_R14", offsetof(struct pt_regs, r14));
	PROFILE_INTEGER("STAPC_K_REGS_R15", offsetof(struct pt_regs, r15));
	PROFILE_INTEGER("STAPC_K_REGS_IP", offsetof(struct pt_regs, ip));
	PROFILE_INTEGER("STAPC_K_HZ", HZ);
}
