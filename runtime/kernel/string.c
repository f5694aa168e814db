// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * string.c: string operations that are not inline.
 */
#include "session.h"

stapc_noinline int stapc_str_compare(const struct stapc_str *a, const struct stapc_str *b)
{
	const unsigned char *left = (const unsigned char *)a->text, *right = (const unsigned char *)b->text;
	u64 i, common = min(a->len, b->len);

	for (i = 0; i < common; i++)
		if (left[i] != right[i])
			return (int)left[i] - (int)right[i];
	return a->len < b->len ? -1 : a->len > b->len;
}

stapc_noinline void stapc_str_concat(struct stapc_str *to, const struct stapc_str *a, const struct stapc_str *b)
{
	u64 first = a->len, second = min_t(u64, b->len, stapc_program.string_max - first);

	if (to != a)
		stapc_str_copy(to, a);
	memcpy(to->text + first, b->text, second);
	stapc_str_end(to, first + second);
}

stapc_noinline void stapc_str_sub(struct stapc_str *to, const struct stapc_str *from, s64 start, s64 length)
{
	s64 available = (s64)from->len - start;

	if (start < 0 || length <= 0 || available <= 0) {
		stapc_str_clear(to);
		return;
	}
	length = min(length, available);
	memmove(to->text, from->text + start, length);
	stapc_str_end(to, length);
}
