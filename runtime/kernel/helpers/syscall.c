// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/syscall.c: the system call that the current task is in.
 */
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <asm/syscall.h>

#include "../process.h"

s64 stapc_helper__syscall_arg(struct stapc_cpu *c, s64 number)
{
	unsigned long args[6];

	if (number < 1 || number > 6 || current->flags & PF_KTHREAD)
		return 0;
	syscall_get_arguments(current, stapc_user_regs(), args);
	return args[number - 1];
}

s64 stapc_helper__syscall_compat(struct stapc_cpu *c)
{
#ifdef CONFIG_IA32_EMULATION
	return in_ia32_syscall();
#else
	return 0;
#endif
}

s64 stapc_helper__syscall_number(struct stapc_cpu *c)
{
	return syscall_get_nr(current, stapc_user_regs());
}

s64 stapc_helper__syscall_return(struct stapc_cpu *c)
{
	return regs_return_value(stapc_user_regs());
}

/* A byte as C writes it in a string: its length. */
static u32 stapc_quoted_byte(unsigned char byte, char *to)
{
	static const char escapes[] = "\aa\bb\ff\nn\rr\tt\vv\"\"\\\\";
	u32 i;

	for (i = 0; i + 1 < sizeof(escapes); i += 2)
		if (byte == escapes[i]) {
			to[0] = '\\';
			to[1] = escapes[i + 1];
			return 2;
		}
	if (byte >= ' ' && byte <= '~') {
		to[0] = byte;
		return 1;
	}
	to[0] = '\\';
	for (i = 1; i < 4; i++)
		to[i] = '0' + (byte >> (9 - 3 * i) & 7);
	return 4;
}

/* A text in quotation marks being written. */
struct stapc_quoted {
	struct stapc_str *to;
	u64 limit;
	u64 len;
	/* The last place where the text can be cut. */
	u64 cut;
};

/* What a text ends with that is cut. */
static const char stapc_quoted_cut[] = "\"...";

/* Adds a byte: false if there is no room for it. */
static bool stapc_quoted_add(struct stapc_quoted *q, unsigned char byte)
{
	char text[4];
	u32 size = stapc_quoted_byte(byte, text);

	if (q->len + strlen(stapc_quoted_cut) <= q->limit)
		q->cut = q->len;
	if (q->len + size + 1 > q->limit)
		return false;
	stapc_text_add(q->to, &q->len, text, size);
	return true;
}

/* Adds the text at an address: 1 if all of it is there, 0 if it is cut, -1 if it cannot be read. */
static int stapc_quoted_read(struct stapc_quoted *q, u64 address, u64 most, bool buffer)
{
	unsigned char part[32];
	u64 read, count, i;

	for (read = 0; read < most; read += count) {
		/* Not beyond the page: there may be nothing behind it. */
		count = min3(most - read, (u64)sizeof(part), 4096 - (address + read) % 4096);
		if (copy_from_user_nofault(part, (const void __user *)(address + read), count))
			return -1;
		for (i = 0; i < count; i++) {
			if (!buffer && !part[i])
				return 1;
			if (!stapc_quoted_add(q, part[i]))
				return 0;
		}
	}
	return 1;
}

bool stapc_helper__user_quoted(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 most, s64 room,
			       s64 buffer, u32 site)
{
	struct stapc_quoted q = { .to = to, .limit = clamp_t(s64, room, 5, stapc_program.string_max) };
	char digits[24];

	stapc_text_add(to, &q.len, "\"", 1);
	switch (stapc_quoted_read(&q, address, max_t(s64, most, 0), buffer)) {
	case 1:
		stapc_text_add(to, &q.len, "\"", 1);
		break;
	case 0:
		q.len = q.cut;
		stapc_text_add(to, &q.len, stapc_quoted_cut, strlen(stapc_quoted_cut));
		break;
	default:
		q.len = 0;
		stapc_text_add(to, &q.len, digits, scnprintf(digits, sizeof(digits), "0x%llx", address));
	}
	stapc_str_end(to, q.len);
	return true;
}
