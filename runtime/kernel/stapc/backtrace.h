/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * backtrace.h: the kernel's stack where a probe was hit, and what addresses are called.
 *
 * Programs that use it note the registers of each hit, c->regs = regs, and where they are of the place that is
 * probed or just behind it, that: c->address = ip (else 0).
 */
#ifndef STAPC_BACKTRACE_H
#define STAPC_BACKTRACE_H

/* The address at this depth; 0 where there is none. */
s64 stapc_stack(struct stapc_cpu *c, s64 depth);

/* All addresses, as many as fit. */
void stapc_backtrace(struct stapc_cpu *c, struct stapc_str *to);

/* Likewise of the current task's own stack: nothing if it has none. */
void stapc_ubacktrace(struct stapc_cpu *c, struct stapc_str *to);

/* A line for each, with its symbol, to the output. */
void stapc_print_backtrace(struct stapc_cpu *c);

/* The symbol that an address is in; and with offset, size and module. */
void stapc_symname(struct stapc_cpu *c, struct stapc_str *to, s64 address);
void stapc_symdata(struct stapc_cpu *c, struct stapc_str *to, s64 address);

#endif /* STAPC_BACKTRACE_H */
