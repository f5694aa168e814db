// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/escape.c: text made printable: `"a\tb"`. What is no ASCII becomes \u and four or \U and eight
 * hexadecimal digits if it is UTF-8, else three octal ones. No escape is ever cut.
 */
#include <linux/ctype.h>
#include <linux/uaccess.h>

#include "../session.h"

/* Where bytes come from: a string of the script, or memory. */
struct stapc_bytes {
	struct stapc_cpu *c;
	const struct stapc_str *text; /* if not NULL */
	u64 address;
	bool user; /* it is of the current process */
	u32 site;
};

/* Bytes on their way to a string. */
struct stapc_escape {
	char *to;
	u32 used, most;
	u32 safe; /* what may stay if three points are to follow */
};

static bool stapc_byte(const struct stapc_bytes *from, u64 at, u32 *byte)
{
	s64 value;

	if (from->text) {
		*byte = at < from->text->len ? (u8)from->text->text[at] : 0;
		return true;
	}
	if (!(from->user ? stapc_uload_u8(from->c, from->address + at, &value, from->site) :
			   stapc_load_u8(from->c, from->address + at, &value, from->site)))
		return false;
	*byte = value;
	return true;
}

/* The code of the character at a position, and how many bytes it has: 1 if it is not UTF-8. */
static bool stapc_character(const struct stapc_bytes *from, u64 at, u64 end, u32 *code, u32 *bytes)
{
	u32 lead, more, next, i;

	if (!stapc_byte(from, at, &lead))
		return false;
	*code = lead;
	*bytes = 1;
	more = lead >= 0xf0 && lead < 0xf8 ? 3 : lead >= 0xe0 ? 2 : 1;
	if (lead < 0xc2 || lead >= 0xf8 || at + more >= end)
		return true;
	lead &= 0x3f >> more;
	for (i = 1; i <= more; i++) {
		if (!stapc_byte(from, at + i, &next))
			return false;
		if ((next & 0xc0) != 0x80)
			return true;
		lead = lead << 6 | (next & 0x3f);
	}
	/* Nothing that is shorter otherwise, no half of a pair, nothing behind the last one. */
	if (lead < (more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000) || lead > 0x10ffff || (lead & ~0x7ffu) == 0xd800)
		return true;
	*code = lead;
	*bytes = more + 1;
	return true;
}

/* A character as it is printed, of at most 10 bytes. */
static u32 stapc_piece(char *to, u32 code, u32 bytes)
{
	static const char named[] = "\a\b\f\n\r\t\v\"\\", names[] = "abfnrtv\"\\";
	const char *name;

	if (bytes > 1)
		return sprintf(to, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
	name = code ? strchr(named, code) : NULL;
	if (name)
		return sprintf(to, "\\%c", names[name - named]);
	if (code < 0x20 || code >= 0x7f)
		return sprintf(to, "\\%03o", code);
	*to = code;
	return 1;
}

/* False if there is no room for it. */
static bool stapc_escape_add(struct stapc_escape *e, u32 code, u32 bytes)
{
	char piece[12];
	u32 len = stapc_piece(piece, code, bytes);

	if (e->used + len > e->most)
		return false;
	memcpy(e->to + e->used, piece, len);
	e->used += len;
	if (e->used + 3 <= e->most)
		e->safe = e->used;
	return true;
}

/* Text in quotes begins, of at most `most` bytes, which are five at least. */
static void stapc_quotes_begin(struct stapc_escape *e, u32 most)
{
	e->most = max(most, 5u) - 1;
	e->to[e->used++] = '"';
	e->safe = e->used;
}

/* And ends, with three points behind it if it was cut. */
static void stapc_quotes_end(struct stapc_escape *e, bool cut)
{
	u32 count = cut ? 4 : 1;

	if (cut)
		e->used = e->safe;
	/* Not one byte more: behind the longest string there is no room. */
	memcpy(e->to + e->used, "\"...", count);
	e->used += count;
}

/*
 * to = at most `in` bytes, up to a zero byte unless they are a buffer, as at most `out` bytes. In quotes,
 * with three points behind them if there was no room for all.
 */
static bool stapc_escaped(struct stapc_str *to, const struct stapc_bytes *from, u64 in, s64 out, bool quoted, bool buffer)
{
	struct stapc_escape e = { .to = to->text };
	bool cut = false;
	u32 code, bytes;
	u64 at;

	e.most = out > 0 && out < stapc_program.string_max ? out : stapc_program.string_max;
	if (quoted)
		stapc_quotes_begin(&e, e.most);
	for (at = 0; at < in && !cut; at += bytes) {
		if (!stapc_character(from, at, in, &code, &bytes))
			return false;
		if (!code && !buffer)
			break;
		cut = !stapc_escape_add(&e, code, bytes);
	}
	if (quoted)
		stapc_quotes_end(&e, cut);
	stapc_str_end(to, min(e.used, stapc_program.string_max));
	return true;
}

void stapc_helper__escaped(struct stapc_str *to, const struct stapc_str *text, s64 out, s64 quoted)
{
	const struct stapc_bytes from = { .text = text };

	stapc_escaped(to, &from, text->len, out, quoted, false);
}

static u64 stapc_bytes_most(s64 in)
{
	return in > 0 && in < stapc_program.string_max ? in : stapc_program.string_max;
}

bool stapc_helper__kernel_escaped(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 in, s64 out, s64 buffer,
				  u32 site)
{
	const struct stapc_bytes from = { .c = c, .address = address, .site = site };

	return stapc_escaped(to, &from, stapc_bytes_most(in), out, true, buffer);
}

bool stapc_helper__user_escaped(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 in, s64 out, s64 buffer,
				u32 site)
{
	const struct stapc_bytes from = { .c = c, .address = address, .user = true, .site = site };

	return stapc_escaped(to, &from, stapc_bytes_most(in), out, true, buffer);
}

static bool stapc_text_n(struct stapc_str *to, const struct stapc_bytes *from, s64 n)
{
	u64 len, most = n <= 0 ? 0 : stapc_bytes_most(n);
	u32 byte;

	for (len = 0; len < most; len++) {
		if (!stapc_byte(from, len, &byte))
			return false;
		if (!byte)
			break;
		to->text[len] = byte;
	}
	stapc_str_end(to, len);
	return true;
}

bool stapc_helper__kernel_text_n(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 n, u32 site)
{
	return stapc_text_n(to, &(struct stapc_bytes){ .c = c, .address = address, .site = site }, n);
}

bool stapc_helper__user_text_n(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 n, u32 site)
{
	return stapc_text_n(to, &(struct stapc_bytes){ .c = c, .address = address, .user = true, .site = site }, n);
}

/*
 * Adds bytes of the current process, each by itself: 1 if all of them are there, 0 if there is no room, -1 if they
 * cannot be read.
 */
static int stapc_quotes_read(struct stapc_escape *e, u64 address, u64 most, bool buffer)
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
			if (!stapc_escape_add(e, part[i], 1))
				return 0;
		}
	}
	return 1;
}

bool stapc_helper__user_quoted(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 most, s64 room,
			       s64 buffer, u32 site)
{
	struct stapc_escape e = { .to = to->text };
	int whole;

	stapc_quotes_begin(&e, clamp_t(s64, room, 5, stapc_program.string_max));
	whole = stapc_quotes_read(&e, address, max_t(s64, most, 0), buffer);
	if (whole < 0)
		e.used = scnprintf(e.to, stapc_program.string_max + 1, "0x%llx", address);
	else
		stapc_quotes_end(&e, !whole);
	stapc_str_end(to, min(e.used, stapc_program.string_max));
	return true;
}
