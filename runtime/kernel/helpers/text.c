// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/text.c: helpers that look at strings and make new ones. No result lies where an operand does.
 */
#include "../session.h"

/* Where a part is in a text from a position on, or its length if nowhere. */
static u64 stapc_text_find(const struct stapc_str *text, u64 from, const struct stapc_str *part)
{
	u64 at;

	for (at = from; at + part->len <= text->len; at++)
		if (!memcmp(text->text + at, part->text, part->len))
			return at;
	return text->len;
}

/* Puts bytes behind what there is, as many as fit. */
static void stapc_text_add(struct stapc_str *to, u64 *len, const char *bytes, u64 count)
{
	count = min_t(u64, count, stapc_program.string_max - *len);
	memcpy(to->text + *len, bytes, count);
	*len += count;
}

s64 stapc_helper_isinstr(const struct stapc_str *text, const struct stapc_str *part)
{
	return !part->len || stapc_text_find(text, 0, part) < text->len;
}

void stapc_helper_str_replace(struct stapc_str *to, const struct stapc_str *text, const struct stapc_str *old,
			      const struct stapc_str *new)
{
	u64 len = 0, from = 0, at;

	while (old->len && (at = stapc_text_find(text, from, old)) < text->len) {
		stapc_text_add(to, &len, text->text + from, at - from);
		stapc_text_add(to, &len, new->text, new->len);
		from = at + old->len;
	}
	stapc_text_add(to, &len, text->text + from, text->len - from);
	stapc_str_end(to, len);
}
