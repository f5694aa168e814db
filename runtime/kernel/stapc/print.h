/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * print.h: output, and strings made by sprint and sprintf.
 *
 * Output is gathered in the context and written as one record when the handler
 * ends, or in whole lines when it is full: so lines of different CPUs do not mix.
 *
 * The two families have the same pieces: stapc_print_X(c, ...) goes to the
 * output, stapc_build_X(&b, ...) to the end of a string:
 *
 *     struct stapc_builder b;
 *
 *     stapc_build_begin(&b, &slot_3);
 *     stapc_build_s64(&b, n);
 *     stapc_build_end(&b);
 *
 * What does not fit a string is cut off. The string being built must not be an
 * argument of its own pieces.
 */
#ifndef STAPC_PRINT_H
#define STAPC_PRINT_H

struct stapc_builder {
	struct stapc_str *to;
	u32 used;
	u32 limit; /* the longest string, in bytes */
};

/* Flags of a conversion. */
#define STAPC_FORMAT_LEFT 1 /* - */
#define STAPC_FORMAT_ZERO 2 /* 0 */
#define STAPC_FORMAT_PLUS 4 /* + */
#define STAPC_FORMAT_SPACE 8
#define STAPC_FORMAT_ALTERNATE 16 /* # */

/* No width, no precision. */
#define STAPC_FORMAT_NONE (-1)

/*
 * Width and precision may be any integer: widths above 1024 count as 1024, a
 * negative one is LEFT and its absolute value, a negative precision is none.
 */
struct stapc_format {
	char conversion; /* d (also i), u, x, X, o, p, c or s */
	u8 flags;
	s32 width;
	s32 precision;
};

/* A width or precision that a script computed, kept within what the fields hold. */
static __always_inline s32 stapc_format_amount(s64 amount)
{
	return amount > 4096 ? 4096 : amount < -4096 ? -4096 : (s32)amount;
}

/*
 * Makes room for `len` bytes by writing what has been gathered, up to its last
 * line end if the rest leaves room enough. The bytes in use afterwards.
 */
u32 __cold stapc_out_flush(struct stapc_cpu *c, u32 len);

/* Room for `len` <= STAPC_OUT_SIZE bytes of output, to be filled by the caller. */
static __always_inline char *stapc_out_room(struct stapc_cpu *c, u32 len)
{
	u32 used = c->out_used;

	if (unlikely(used + len > STAPC_OUT_SIZE))
		used = stapc_out_flush(c, len);
	c->out_used = used + len;
	return c->out + used;
}

/* A literal of `len` bytes (a constant at most STAPC_OUT_SIZE). */
static __always_inline void stapc_print_literal(struct stapc_cpu *c, const char *text, u32 len)
{
	memcpy(stapc_out_room(c, len), text, len);
}

/* %s without width or precision. */
void stapc_print_str(struct stapc_cpu *c, const struct stapc_str *s);
/* %d without flags, width or precision: the fast path. */
void stapc_print_s64(struct stapc_cpu *c, s64 value);
/* Any conversion of an integer; %c prints one byte (0 too). */
void stapc_print_integer(struct stapc_cpu *c, s64 value, struct stapc_format format);
/* %s with flags, width or precision. */
void stapc_print_padded(struct stapc_cpu *c, const struct stapc_str *s, struct stapc_format format);

void stapc_build_begin(struct stapc_builder *b, struct stapc_str *to);
void stapc_build_literal(struct stapc_builder *b, const char *text, u32 len);
void stapc_build_str(struct stapc_builder *b, const struct stapc_str *s);
void stapc_build_s64(struct stapc_builder *b, s64 value);
/* %c of 0 ends the string there, as a NUL does. */
void stapc_build_integer(struct stapc_builder *b, s64 value, struct stapc_format format);
void stapc_build_padded(struct stapc_builder *b, const struct stapc_str *s, struct stapc_format format);
void stapc_build_end(struct stapc_builder *b);
/* Where %c may have put a NUL into it: there it ends. */
void stapc_build_end_at_nul(struct stapc_builder *b);

/* warn(): "WARNING: text" as a record of its own, in its place in the output. */
void stapc_warn(struct stapc_cpu *c, const struct stapc_str *text);
/* log(): the text and a line end, as output. */
void stapc_log(struct stapc_cpu *c, const struct stapc_str *text);

#endif /* STAPC_PRINT_H */
