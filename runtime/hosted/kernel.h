/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * kernel.h: what session.c asks of kernel.c.
 */
#ifndef STAPC_HOSTED_KERNEL_H
#define STAPC_HOSTED_KERNEL_H

#include "event.h"

/* Makes the processors' data. */
void hosted_boot(void);
/* And gives it back. */
void hosted_shut(void);
/* Goes to a processor, and a task and memory on it: those of an event, or the idle ones of none. */
void hosted_enter(int cpu, const struct hosted_event *event, unsigned long long now);
/* Where the event's registers are. */
struct ftrace_regs *hosted_registers(void);
/* Writes records of output to standard output, messages to standard error. */
void hosted_show(void);

#endif /* STAPC_HOSTED_KERNEL_H */
