// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/memory.c: what lies in memory in other forms than C strings: wide characters, words one behind the
 * other, bits, addresses of IPv6.
 */
#include "../session.h"

static bool stapc_unit(struct stapc_cpu *c, bool user, u64 address, u32 size, u32 *unit, u32 site)
{
	s64 value;
	bool done;

	if (user)
		done = size == 2 ? stapc_uload_u16(c, address, &value, site) : stapc_uload_u32(c, address, &value, site);
	else
		done = size == 2 ? stapc_load_u16(c, address, &value, site) : stapc_load_u32(c, address, &value, site);
	*unit = done ? value : 0;
	return done;
}

/* A character as UTF-8, of at most 4 bytes; none if there is no such character. */
static u32 stapc_utf8(char *to, u32 code)
{
	u32 i, more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const u8 leads[] = { 0, 0xc0, 0xe0, 0xf0 };

	if (code > 0x10ffff || (code & ~0x7ffu) == 0xd800)
		return 0;
	for (i = more; i; i--, code >>= 6)
		to[i] = 0x80 | (code & 0x3f);
	to[0] = leads[more] | code;
	return more + 1;
}

/* to = the text of units of this size up to a zero one: whole characters, as many as there is room for. */
static bool stapc_wide(struct stapc_cpu *c, bool user, struct stapc_str *to, u64 address, u32 size, u32 site)
{
	u32 used = 0, code, low, len;
	char bytes[4];

	for (;; address += size) {
		if (!stapc_unit(c, user, address, size, &code, site))
			return false;
		if (!code)
			break;
		if (size == 2 && (code & ~0x3ffu) == 0xd800) {
			if (!stapc_unit(c, user, address + 2, size, &low, site))
				return false;
			if ((low & ~0x3ffu) == 0xdc00) {
				code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
				address += 2;
			}
		}
		len = stapc_utf8(bytes, code);
		if (!len)
			return stapc_helper_error(c, site, "no character has the code 0x%x", code);
		if (used + len > stapc_program.string_max)
			break;
		memcpy(to->text + used, bytes, len);
		used += len;
	}
	stapc_str_end(to, used);
	return true;
}

bool stapc_helper__kernel_wide(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 size, u32 site)
{
	return stapc_wide(c, false, to, address, size == 2 ? 2 : 4, site);
}

bool stapc_helper__user_wide(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 size, u32 site)
{
	return stapc_wide(c, true, to, address, size == 2 ? 2 : 4, site);
}

/* to = bytes at an address, as they are or two digits for each. */
static bool stapc_bytes(struct stapc_cpu *c, bool user, struct stapc_str *to, u64 address, s64 count, bool hex, u32 site)
{
	u64 used = 0, size = hex ? 2 : 1;
	s64 byte;

	for (; count > 0 && used + size <= stapc_program.string_max; count--, address++) {
		if (user ? !stapc_uload_u8(c, address, &byte, site) : !stapc_load_u8(c, address, &byte, site))
			return false;
		if (hex)
			hex_byte_pack(to->text + used, byte);
		else
			to->text[used] = byte;
		used += size;
	}
	stapc_str_end(to, used);
	return true;
}

bool stapc_helper__kernel_bytes(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 count, s64 hex, u32 site)
{
	return stapc_bytes(c, false, to, address, count, hex, site);
}

bool stapc_helper__user_bytes(struct stapc_cpu *c, struct stapc_str *to, s64 address, s64 count, s64 hex, u32 site)
{
	return stapc_bytes(c, true, to, address, count, hex, site);
}

/* What follows words of the current process is looked at no further than this: as many bytes as exec() takes of one. */
#define STAPC_WORDS_MOST (128 * 1024)

bool stapc_helper__user_words(struct stapc_cpu *c, struct stapc_str *to, s64 start, s64 end, s64 first, s64 last,
			      const struct stapc_str *between, u32 site)
{
	u64 address, used = 0, max = stapc_program.string_max;
	s64 word = 0, byte;

	if ((u64)end - start > STAPC_WORDS_MOST)
		end = start + STAPC_WORDS_MOST;
	for (address = start; address < (u64)end && used < max && (last < first || word <= last); address++) {
		if (!stapc_uload_u8(c, address, &byte, site))
			return false;
		if (!byte) {
			word++;
			/* Between two words, if this is not behind the last one. */
			if (word > first && address + 1 < (u64)end && (last < first || word <= last)) {
				u64 len = min(between->len, max - used);

				memcpy(to->text + used, between->text, len);
				used += len;
			}
		} else if (word >= first) {
			to->text[used++] = byte;
		}
	}
	stapc_str_end(to, used);
	return true;
}

bool stapc_helper__user_variable(struct stapc_cpu *c, struct stapc_str *to, s64 start, s64 end,
				 const struct stapc_str *name, u32 site)
{
	u64 address, at = 0;
	bool same = true;
	s64 byte;

	stapc_str_clear(to);
	if ((u64)end - start > STAPC_WORDS_MOST)
		end = start + STAPC_WORDS_MOST;
	for (address = start; address < (u64)end; address++, at++) {
		if (!stapc_uload_u8(c, address, &byte, site))
			return false;
		if (same && at == name->len && byte == '=')
			return stapc_uload_str(c, address + 1, to, site);
		same = same && at < name->len && (u8)name->text[at] == byte;
		if (!byte) {
			same = true;
			at = -1;
		}
	}
	return true;
}

bool stapc_helper__kernel_bits(struct stapc_cpu *c, s64 address, s64 count, s64 *to, u32 site)
{
	s64 word, at;

	*to = 0;
	for (at = 0; at < min_t(s64, count, 1 << 20); at += 64) {
		if (!stapc_load_u64(c, address + at / 8, &word, site))
			return false;
		if (count - at < 64)
			word &= (1ull << (count - at)) - 1;
		*to += hweight64(word);
	}
	return true;
}

bool stapc_helper__ipv6(struct stapc_cpu *c, struct stapc_str *to, s64 address, u32 site)
{
	char text[40];
	s64 parts[2];
	u32 len;

	if (!stapc_load_u64(c, address, &parts[0], site) || !stapc_load_u64(c, address + 8, &parts[1], site))
		return false;
	len = min_t(u32, scnprintf(text, sizeof(text), "%pI6", parts), stapc_program.string_max);
	memcpy(to->text, text, len);
	stapc_str_end(to, len);
	return true;
}

/* The text and its zero byte are written, as much of it as `n` lets. */
bool stapc_helper__kernel_store(struct stapc_cpu *c, s64 address, s64 n, const struct stapc_str *text, u32 site)
{
	u64 at;

	for (at = 0; at <= text->len && (s64)at < n; at++)
		if (!stapc_store_8(c, address + at, text->text[at], site))
			return false;
	return true;
}

bool stapc_helper__user_store(struct stapc_cpu *c, s64 address, s64 n, const struct stapc_str *text, u32 site)
{
	u64 at;

	for (at = 0; at <= text->len && (s64)at < n; at++)
		if (!stapc_ustore_8(c, address + at, text->text[at], site))
			return false;
	return true;
}

bool stapc_helper__kernel_write(struct stapc_cpu *c, s64 address, s64 size, s64 value, u32 site)
{
	switch (size) {
	case 1:
		return stapc_store_8(c, address, value, site);
	case 2:
		return stapc_store_16(c, address, value, site);
	case 4:
		return stapc_store_32(c, address, value, site);
	default:
		return stapc_store_64(c, address, value, site);
	}
}

bool stapc_helper__user_write(struct stapc_cpu *c, s64 address, s64 size, s64 value, u32 site)
{
	switch (size) {
	case 1:
		return stapc_ustore_8(c, address, value, site);
	case 2:
		return stapc_ustore_16(c, address, value, site);
	case 4:
		return stapc_ustore_32(c, address, value, site);
	default:
		return stapc_ustore_64(c, address, value, site);
	}
}
