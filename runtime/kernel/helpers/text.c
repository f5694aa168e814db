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

void stapc_helper__number_bytes(struct stapc_str *to, s64 value, s64 count)
{
	u64 len = clamp_t(s64, count, 0, sizeof(value));

	len = min(len, stapc_program.string_max);
	memcpy(to->text, &value, len);
	stapc_str_end(to, len);
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

s64 stapc_helper_strpos(const struct stapc_str *text, const struct stapc_str *part)
{
	u64 at = part->len ? stapc_text_find(text, 0, part) : 0;

	return part->len && at == text->len ? -1 : (s64)at;
}

/* The value of a digit in bases up to 36; more than any if it is none. */
static u32 stapc_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'z' ? byte - 'a' + 10 : 36;
}

s64 stapc_helper_strtol(const struct stapc_str *text, s64 base)
{
	const char *at = text->text;
	bool negative = *at == '-', hex;
	u64 value = 0;

	at += negative;
	hex = at[0] == '0' && (at[1] | 0x20) == 'x' && stapc_digit(at[2]) < 16;
	if (!base)
		base = hex ? 16 : *at == '0' ? 8 : 10;
	if (base == 16 && hex)
		at += 2;
	for (; base <= 36 && stapc_digit(*at) < base; at++)
		value = value * base + stapc_digit(*at);
	return negative ? -value : value;
}

static u64 stapc_token(const struct stapc_str *text, s64 from, const struct stapc_str *delimiters, bool within)
{
	u64 at = from;

	while (at < text->len && !memchr(delimiters->text, text->text[at], delimiters->len) == within)
		at++;
	return at;
}

s64 stapc_helper__token_start(const struct stapc_str *text, const struct stapc_str *delimiters)
{
	return stapc_token(text, 0, delimiters, false);
}

s64 stapc_helper__token_end(const struct stapc_str *text, s64 from, const struct stapc_str *delimiters)
{
	return stapc_token(text, from, delimiters, true);
}

/* The end of the word that begins at a position. */
static u64 stapc_word_end(const struct stapc_str *words, u64 at)
{
	while (at < words->len && words->text[at] != ' ')
		at++;
	return at;
}

void stapc_helper__word(struct stapc_str *to, const struct stapc_str *words, s64 n)
{
	u64 at = 0, end = stapc_word_end(words, 0);

	for (; n > 0 && end < words->len; n--) {
		at = end + 1;
		end = stapc_word_end(words, at);
	}
	if (n)
		end = at;
	memcpy(to->text, words->text + at, end - at);
	stapc_str_end(to, end - at);
}

s64 stapc_helper__word_index(const struct stapc_str *words, const struct stapc_str *word)
{
	u64 at, end;
	s64 n = 0;

	for (at = 0; at < words->len; at = end + 1, n++) {
		end = stapc_word_end(words, at);
		if (end - at == word->len && !memcmp(words->text + at, word->text, word->len))
			return n;
	}
	return -1;
}
