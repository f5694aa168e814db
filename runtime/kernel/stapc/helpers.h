/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * helpers.h: what a program may have the runtime do beside the instructions of the IR, each named as the
 * table of helpers names it (ir/core/src/helpers.rs). Those that may fault say whether they did not.
 */
#ifndef STAPC_HELPERS_H
#define STAPC_HELPERS_H

/* Of strings: helpers/text.c. */
s64 stapc_helper_isinstr(const struct stapc_str *text, const struct stapc_str *part);
void stapc_helper_str_replace(struct stapc_str *to, const struct stapc_str *text, const struct stapc_str *old,
			      const struct stapc_str *new);

static __always_inline s64 stapc_helper_stringat(const struct stapc_str *text, s64 at)
{
	return (u64)at < text->len ? (unsigned char)text->text[at] : 0;
}

/* Of the event that was hit: helpers/event.c. */
bool __must_check stapc_helper__file_add(struct stapc_cpu *c, const struct stapc_str *text, u32 site);
bool __must_check stapc_helper__file_set(struct stapc_cpu *c, const struct stapc_str *text, u32 site);
bool __must_check stapc_helper__file_value(struct stapc_cpu *c, struct stapc_str *to, u32 site);
bool __must_check stapc_helper__packet_field(struct stapc_cpu *c, s64 field, s64 *to, u32 site);
bool __must_check stapc_helper__packet_verdict(struct stapc_cpu *c, s64 verdict, u32 site);

/* Of the kernel: helpers/kernel.c. */
bool __must_check stapc_helper_ftrace(struct stapc_cpu *c, const struct stapc_str *text, u32 site);
bool __must_check stapc_helper_jiffies(struct stapc_cpu *c, s64 *to, u32 site);
bool __must_check stapc_helper_randint(struct stapc_cpu *c, s64 below, s64 *to, u32 site);

/* Of what programs call numbers: helpers/names.c. */
void stapc_helper__flag_names(struct stapc_cpu *c, struct stapc_str *to, const struct stapc_str *table, s64 value);
void stapc_helper__value_name(struct stapc_cpu *c, struct stapc_str *to, const struct stapc_str *table, s64 value);

/* Of the system call that the current task is in: helpers/syscall.c. */
s64 stapc_helper__syscall_arg(struct stapc_cpu *c, s64 number);
s64 stapc_helper__syscall_compat(struct stapc_cpu *c);
bool __must_check stapc_helper__user_quoted(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 most,
					    s64 room, s64 buffer, u32 site);

/* Of the current task. */
#ifndef STAPC_RUNTIME
static __always_inline s64 stapc_helper_task_current(const struct stapc_cpu *c)
{
	return (s64)stapc_task();
}
#endif

#endif /* STAPC_HELPERS_H */
