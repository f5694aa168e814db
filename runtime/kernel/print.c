// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * print.c: text to a handler's output and to the strings it builds.
 */
#include "format.h"
#include "session.h"

typedef u64 __attribute__((may_alias, aligned(1))) stapc_unaligned;

void stapc_output_commit(struct stapc_cpu *c)
{
	if (c->out_used)
		stapc_output_write(c, STAPC_RECORD_OUTPUT, c->out_used);
	c->out_used = 0;
}

/* Bytes of the gathered output that are behind its last line end. */
static u32 stapc_out_last_line(const struct stapc_cpu *c)
{
	u32 start = c->out_used;

	while (start && c->out[start - 1] != '\n')
		start--;
	return c->out_used - start;
}

stapc_noinline u32 stapc_out_flush(struct stapc_cpu *c, u32 len)
{
	u32 keep = stapc_out_last_line(c), used = c->out_used;

	if (keep + len > STAPC_OUT_SIZE)
		keep = 0;
	c->out_used = used - keep;
	stapc_output_commit(c);
	memmove(c->out, c->out + used - keep, keep);
	c->out_used = keep;
	return keep;
}

stapc_noinline void stapc_print_str(struct stapc_cpu *c, const struct stapc_str *s)
{
	const stapc_word *text = stapc_str_word(s);
	u32 i, len = s->len;
	char *room;

	/* A string may be longer than the buffer with a great MAXSTRINGLEN. */
	if (unlikely(len > STAPC_OUT_SIZE)) {
		stapc_sink_text(&(struct stapc_sink){ .output = c }, s->text, len);
		return;
	}
	room = stapc_out_room(c, len);
	for (i = 0; i < len; i += sizeof(*text))
		*(stapc_unaligned *)(room + i) = *text++;
}

stapc_noinline void stapc_print_s64(struct stapc_cpu *c, s64 value)
{
	/* Whole words are copied, some of them from behind the digits. */
	char text[STAPC_DECIMAL_SIZE + 24];
	char *end = text + STAPC_DECIMAL_SIZE;
	const stapc_unaligned *from = (stapc_unaligned *)stapc_decimal_before(end, value);
	u32 len = end - (const char *)from;
	stapc_unaligned *room = (stapc_unaligned *)stapc_out_room(c, len);

	room[0] = from[0];
	if (len > 8) {
		room[1] = from[1];
		room[2] = from[2];
	}
}

stapc_noinline void stapc_print_integer(struct stapc_cpu *c, s64 value, struct stapc_format format)
{
	stapc_format_integer(&(struct stapc_sink){ .output = c }, value, format);
}

stapc_noinline void stapc_print_padded(struct stapc_cpu *c, const struct stapc_str *s, struct stapc_format format)
{
	stapc_format_padded(&(struct stapc_sink){ .output = c }, s, format);
}

static void stapc_build_text(struct stapc_builder *b, const char *text, u32 len)
{
	len = min(len, b->limit - b->used);
	memcpy(b->to->text + b->used, text, len);
	b->used += len;
}

stapc_noinline void stapc_build_begin(struct stapc_builder *b, struct stapc_str *to)
{
	b->to = to;
	b->used = 0;
	b->limit = stapc_program.string_max;
}

stapc_noinline void stapc_build_literal(struct stapc_builder *b, const char *text, u32 len)
{
	stapc_build_text(b, text, len);
}

stapc_noinline void stapc_build_str(struct stapc_builder *b, const struct stapc_str *s)
{
	stapc_build_text(b, s->text, s->len);
}

stapc_noinline void stapc_build_s64(struct stapc_builder *b, s64 value)
{
	char text[STAPC_DECIMAL_SIZE];
	char *first = stapc_decimal_before(text + sizeof(text), value);

	stapc_build_text(b, first, text + sizeof(text) - first);
}

stapc_noinline void stapc_build_integer(struct stapc_builder *b, s64 value, struct stapc_format format)
{
	stapc_format_integer(&(struct stapc_sink){ .string = b }, value, format);
}

stapc_noinline void stapc_build_padded(struct stapc_builder *b, const struct stapc_str *s,
				       struct stapc_format format)
{
	stapc_format_padded(&(struct stapc_sink){ .string = b }, s, format);
}

stapc_noinline void stapc_build_end(struct stapc_builder *b)
{
	stapc_str_end(b->to, b->used);
}

stapc_noinline void stapc_build_end_at_nul(struct stapc_builder *b)
{
	stapc_str_end(b->to, strnlen(b->to->text, b->used));
}

stapc_noinline void stapc_sink_text(const struct stapc_sink *sink, const char *text, u32 len)
{
	if (sink->string) {
		stapc_build_text(sink->string, text, len);
		return;
	}
	while (len) {
		u32 part = min_t(u32, len, STAPC_OUT_SIZE);

		memcpy(stapc_out_room(sink->output, part), text, part);
		text += part;
		len -= part;
	}
}

stapc_noinline void stapc_sink_fill(const struct stapc_sink *sink, char byte, s64 count)
{
	if (count <= 0)
		return;
	if (sink->string) {
		struct stapc_builder *b = sink->string;

		count = min_t(s64, count, b->limit - b->used);
		memset(b->to->text + b->used, byte, count);
		b->used += count;
		return;
	}
	count = min_t(s64, count, STAPC_OUT_SIZE);
	memset(stapc_out_room(sink->output, count), byte, count);
}

stapc_noinline void stapc_warn(struct stapc_cpu *c, const struct stapc_str *text)
{
	static const char prefix[] = "WARNING: ";
	u32 len = sizeof(prefix) - 1;
	u32 text_len = min_t(u64, text->len, STAPC_OUT_SIZE - len);

	stapc_output_commit(c);
	memcpy(c->out, prefix, len);
	memcpy(c->out + len, text->text, text_len);
	stapc_output_write(c, STAPC_RECORD_WARNING, len + text_len);
}

stapc_noinline void stapc_log(struct stapc_cpu *c, const struct stapc_str *text)
{
	stapc_print_str(c, text);
	*stapc_out_room(c, 1) = '\n';
}
