/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * string.h: the script's strings.
 *
 * A string knows its length, and the bytes from its end to the next multiple
 * of eight are zero (at least one is). So strings are hashed, compared and
 * copied by whole words, and each is also a C string.
 */
#ifndef STAPC_STRING_H
#define STAPC_STRING_H

#ifndef STAPC_MAXSTRINGLEN
#define STAPC_MAXSTRINGLEN 128
#endif

/* Longest string, in bytes without its NUL. */
#define STAPC_STR_MAX (STAPC_MAXSTRINGLEN - 1)
/* Bytes of storage of a string's text: whole words. */
#define STAPC_STR_BYTES ((STAPC_MAXSTRINGLEN + 7) / 8 * 8)

struct stapc_str {
	u64 len;
#ifdef STAPC_RUNTIME
	/* The runtime serves programs of any MAXSTRINGLEN. */
	char text[];
#else
	char text[STAPC_STR_BYTES];
#endif
};

#ifndef STAPC_RUNTIME

/*
 * A constant:  static const struct stapc_str str_1 = STAPC_STR("hello");
 * The literal must be at most STAPC_STR_MAX bytes long.
 */
#define STAPC_STR(literal) { sizeof(literal) - 1, literal }

#endif

/* Words of text in use, the one with the NUL included. */
static __always_inline u32 stapc_str_words(const struct stapc_str *s)
{
	return (u32)(s->len / 8) + 1;
}

/* Words of text may alias its bytes. */
typedef u64 __attribute__((may_alias)) stapc_word;

static __always_inline const stapc_word *stapc_str_word(const struct stapc_str *s)
{
	return (const stapc_word *)s->text;
}

/* Empties a string. */
static __always_inline void stapc_str_clear(struct stapc_str *to)
{
	to->len = 0;
	*(stapc_word *)to->text = 0;
}

/* Sets the length, and the zeros behind the text, which is in place already. */
static __always_inline void stapc_str_end(struct stapc_str *to, u64 len)
{
	stapc_word *last = (stapc_word *)(to->text + len / 8 * 8);

	to->len = len;
	*last &= (1ull << len % 8 * 8) - 1;
}

/* to = from; `to` and `from` may be the same, but must not overlap in part. */
static __always_inline void stapc_str_copy(struct stapc_str *to, const struct stapc_str *from)
{
	const stapc_word *source = stapc_str_word(from);
	stapc_word *target = (stapc_word *)to->text;
	u32 i, words = stapc_str_words(from);

	to->len = from->len;
	for (i = 0; i < words; i++)
		target[i] = source[i];
}

static __always_inline s64 stapc_str_len(const struct stapc_str *s)
{
	return (s64)s->len;
}

static __always_inline bool stapc_str_equal(const struct stapc_str *a, const struct stapc_str *b)
{
	const stapc_word *left = stapc_str_word(a), *right = stapc_str_word(b);
	u32 i, words = stapc_str_words(a);

	if (a->len != b->len)
		return false;
	for (i = 0; i < words; i++)
		if (left[i] != right[i])
			return false;
	return true;
}

/* Less than, equal to or greater than zero, by unsigned bytes. */
int stapc_str_compare(const struct stapc_str *a, const struct stapc_str *b);

/* to = a . b, cut to the longest string. `to` may be `a`, and must not be `b`. */
void stapc_str_concat(struct stapc_str *to, const struct stapc_str *a, const struct stapc_str *b);

/*
 * to = substr(from, start, length): the bytes of `from` in [start, start +
 * length), as many as there are. Empty for a negative start or length.
 * `to` may be `from`.
 */
void stapc_str_sub(struct stapc_str *to, const struct stapc_str *from, s64 start, s64 length);

#endif /* STAPC_STRING_H */
