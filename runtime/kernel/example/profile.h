/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A profile to compile against where no kernel is at hand (tests of emitted C).
 * Its figures are those of one kernel, and not to be run on another.
 */
#define STAPC_K_PREEMPT_COUNT "__preempt_count"
#define STAPC_K_CURRENT_TASK "current_task"
#define STAPC_K_EXTABLE_TYPE "1"
#define STAPC_K_READABLE_START 0xff00000000000000ull
#define STAPC_K_READABLE_LAST 0xffffffffff5ffff8ull
#define STAPC_K_TASK_PID 2336
#define STAPC_K_TASK_TGID 2340
#define STAPC_K_TASK_REAL_PARENT 2352
#define STAPC_K_TASK_CRED 2744
#define STAPC_K_THREAD_SIZE 16384
#define STAPC_K_TASK_COMM 2760
#define STAPC_K_CRED_UID 4
#define STAPC_K_CRED_EUID 20
#define STAPC_K_CRED_GID 8
#define STAPC_K_CRED_EGID 24
#define STAPC_K_FTRACE_REGS_PT_REGS 0
#define STAPC_K_REGS_DI 112
#define STAPC_K_REGS_SI 104
#define STAPC_K_REGS_DX 96
#define STAPC_K_REGS_CX 88
#define STAPC_K_REGS_R8 72
#define STAPC_K_REGS_R9 64
#define STAPC_K_REGS_AX 80
#define STAPC_K_REGS_BX 40
#define STAPC_K_REGS_BP 32
#define STAPC_K_REGS_SP 152
#define STAPC_K_REGS_R10 56
#define STAPC_K_REGS_R11 48
#define STAPC_K_REGS_R12 24
#define STAPC_K_REGS_R13 16
#define STAPC_K_REGS_R14 8
#define STAPC_K_REGS_R15 0
#define STAPC_K_REGS_IP 128
#define STAPC_K_HZ 250
