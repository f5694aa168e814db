/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * helpers.h: what a program may have the runtime do beside the instructions of the IR, each named as the
 * table of helpers names it (ir/core/src/helpers.rs). Those that may fault say whether they did not.
 */
#ifndef STAPC_HELPERS_H
#define STAPC_HELPERS_H

/* Of strings: helpers/text.c. */
void stapc_helper__number_bytes(struct stapc_str *to, s64 value, s64 count);
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
s64 stapc_helper_strpos(const struct stapc_str *text, const struct stapc_str *part);
s64 stapc_helper_strtol(const struct stapc_str *text, s64 base);
s64 stapc_helper__token_start(const struct stapc_str *text, const struct stapc_str *delimiters);
s64 stapc_helper__token_end(const struct stapc_str *text, s64 from, const struct stapc_str *delimiters);
void stapc_helper__word(struct stapc_str *to, const struct stapc_str *words, s64 n);
s64 stapc_helper__word_index(const struct stapc_str *words, const struct stapc_str *word);

/* Printable text: helpers/escape.c. */
void stapc_helper__escaped(struct stapc_str *to, const struct stapc_str *text, s64 out, s64 quoted);
bool __must_check stapc_helper__kernel_escaped(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 in, s64 out,
					       s64 buffer, u32 site);
bool __must_check stapc_helper__user_escaped(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 in, s64 out,
					     s64 buffer, u32 site);
bool __must_check stapc_helper__user_quoted(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 most,
					    s64 room, s64 buffer, u32 site);
bool __must_check stapc_helper__kernel_text_n(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 n, u32 site);
bool __must_check stapc_helper__user_text_n(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 n, u32 site);

/* What memory holds: helpers/memory.c. */
bool __must_check stapc_helper__kernel_bytes(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 count, s64 hex,
					     u32 site);
bool __must_check stapc_helper__user_bytes(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 count, s64 hex,
					   u32 site);
bool __must_check stapc_helper__kernel_wide(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 size, u32 site);
bool __must_check stapc_helper__user_wide(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 size, u32 site);
bool __must_check stapc_helper__user_words(struct stapc_cpu *c, struct stapc_str *to, s64 start, s64 end, s64 first,
					   s64 last, const struct stapc_str *between, u32 site);
bool __must_check stapc_helper__user_variable(struct stapc_cpu *c, struct stapc_str *to, s64 start, s64 end,
					      const struct stapc_str *name, u32 site);
bool __must_check stapc_helper__kernel_bits(struct stapc_cpu *c, s64 address, s64 count, s64 *to, u32 site);
bool __must_check stapc_helper__ipv6(struct stapc_cpu *c, struct stapc_str *to, s64 address, u32 site);

bool __must_check stapc_helper__kernel_write(struct stapc_cpu *c, s64 address, s64 size, s64 value, u32 site);
bool __must_check stapc_helper__user_write(struct stapc_cpu *c, s64 address, s64 size, s64 value, u32 site);
bool __must_check stapc_helper__kernel_store(struct stapc_cpu *c, s64 address, s64 n, const struct stapc_str *text,
					     u32 site);
bool __must_check stapc_helper__user_store(struct stapc_cpu *c, s64 address, s64 n, const struct stapc_str *text,
					   u32 site);

/* Of the kernel: helpers/kernel.c. */
bool __must_check stapc_helper_ftrace(struct stapc_cpu *c, const struct stapc_str *text, u32 site);
bool __must_check stapc_helper_jiffies(struct stapc_cpu *c, s64 *to, u32 site);
bool __must_check stapc_helper_randint(struct stapc_cpu *c, s64 below, s64 *to, u32 site);

bool __must_check stapc_helper_cpu_clock_ns(struct stapc_cpu *c, s64 cpu, s64 *to, u32 site);
bool __must_check stapc_helper_local_clock_ns(struct stapc_cpu *c, s64 *to, u32 site);
bool __must_check stapc_helper_ktime_get_ns(struct stapc_cpu *c, s64 *to, u32 site);
bool __must_check stapc_helper__load(struct stapc_cpu *c, s64 index, s64 *to, u32 site);
bool __must_check stapc_helper_stack_unused(struct stapc_cpu *c, s64 *to, u32 site);
s64 stapc_helper_stack_size(void);
bool __must_check stapc_helper_addr_to_node(struct stapc_cpu *c, s64 address, s64 *to, u32 site);
void stapc_helper_module_name(struct stapc_cpu *c, struct stapc_str *to);
void stapc_helper_module_size(struct stapc_cpu *c, struct stapc_str *to);

s64 stapc_helper_tz_gmtoff(struct stapc_cpu *c);
void stapc_helper_tz_name(struct stapc_cpu *c, struct stapc_str *to);
bool __must_check stapc_helper_system(struct stapc_cpu *c, const struct stapc_str *command, u32 site);

/* For gurus: helpers/guru.c. */
bool __must_check stapc_helper_mdelay(struct stapc_cpu *c, s64 ms, u32 site);
bool __must_check stapc_helper_udelay(struct stapc_cpu *c, s64 us, u32 site);
bool __must_check stapc_helper_panic(struct stapc_cpu *c, const struct stapc_str *text, u32 site);
bool __must_check stapc_helper_printk(struct stapc_cpu *c, s64 level, const struct stapc_str *text, u32 site);
bool __must_check stapc_helper_dump_stack(struct stapc_cpu *c, u32 site);
bool __must_check stapc_helper_raise(struct stapc_cpu *c, s64 number, u32 site);

/* Of tasks and the session's daemon: helpers/task.c. */
bool __must_check stapc_helper__counter(struct stapc_cpu *c, s64 number, s64 *to, u32 site);
bool __must_check stapc_helper_pid2task(struct stapc_cpu *c, s64 number, s64 *to, u32 site);
bool __must_check stapc_helper_task_backtrace(struct stapc_cpu *c, struct stapc_str *to, s64 task, u32 site);
s64 stapc_helper_stp_pid(struct stapc_cpu *c);
s64 stapc_helper__session_uid(struct stapc_cpu *c);
s64 stapc_helper__pid_namespace(struct stapc_cpu *c);
bool __must_check stapc_helper__uid_seen(struct stapc_cpu *c, s64 id, s64 *to, u32 site);
bool __must_check stapc_helper__gid_seen(struct stapc_cpu *c, s64 id, s64 *to, u32 site);

/* Of paths: helpers/path.c. */
bool __must_check stapc_helper__dentry_path(struct stapc_cpu *c, struct stapc_str *to, s64 dentry, s64 top, u32 site);

/* Of the code that was hit: helpers/registers.c. They need c->regs, as backtrace.h says. */
s64 stapc_helper_registers_valid(struct stapc_cpu *c);
bool __must_check stapc_helper__register(struct stapc_cpu *c, s64 offset, s64 *to, u32 site);
bool __must_check stapc_helper__set_register(struct stapc_cpu *c, s64 offset, s64 value, u32 site);
s64 stapc_helper_user_mode(struct stapc_cpu *c);
s64 stapc_helper_is_return(struct stapc_cpu *c);
s64 stapc_helper_uaddr(struct stapc_cpu *c);

/* Of programs: what their addresses are called (objects.c), and their stacks (user_stack.c). */
bool __must_check stapc_helper__kernel_address_line(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 what,
						  u32 site);
bool __must_check stapc_helper__user_address_line(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 what,
						  u32 site);
bool __must_check stapc_helper__user_address_name(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 whole,
						  u32 site);
bool __must_check stapc_helper__user_module(struct stapc_cpu *c, struct stapc_str *to, s64 address, u32 site);
bool __must_check stapc_helper__user_stack(struct stapc_cpu *c, s64 depth, s64 *to, u32 site);
bool __must_check stapc_helper__user_stack_lines(struct stapc_cpu *c, s64 given, s64 ip, s64 sp, s64 bp, u32 site);
bool __must_check stapc_helper__user_stack_print(struct stapc_cpu *c, s64 brief, s64 given, s64 ip, s64 sp, s64 bp,
						 u32 site);
bool __must_check stapc_helper__user_stack_text(struct stapc_cpu *c, struct stapc_str *to, u32 site);

/* Of what programs call numbers: helpers/names.c. */
void stapc_helper__flag_names(struct stapc_cpu *c, struct stapc_str *to, const struct stapc_str *table, s64 value);
void stapc_helper__value_name(struct stapc_cpu *c, struct stapc_str *to, const struct stapc_str *table, s64 value);

/* Of the system call that the current task is in: helpers/syscall.c. */
s64 stapc_helper__syscall_arg(struct stapc_cpu *c, s64 number);
s64 stapc_helper__syscall_compat(struct stapc_cpu *c);
s64 stapc_helper__syscall_number(struct stapc_cpu *c);
s64 stapc_helper__syscall_return(struct stapc_cpu *c);
void stapc_helper_syscall_name(struct stapc_cpu *c, struct stapc_str *to, s64 number);
s64 stapc_helper_syscall_num(struct stapc_cpu *c, const struct stapc_str *name);

/* Of the current task, and what is constant. */
#ifndef STAPC_RUNTIME
static __always_inline s64 stapc_helper_HZ(void)
{
	return STAPC_K_HZ;
}

static __always_inline s64 stapc_helper_task_current(const struct stapc_cpu *c)
{
	return (s64)stapc_task();
}
#endif

#endif /* STAPC_HELPERS_H */
