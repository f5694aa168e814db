/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * format.h: conversions of printf, to the output or to a string.
 */
#ifndef STAPC_FORMAT_H
#define STAPC_FORMAT_H

#include "stapc.h"

/* Where text goes: one of the two is not NULL. */
struct stapc_sink {
	struct stapc_cpu *output;
	struct stapc_builder *string;
};

void stapc_sink_text(const struct stapc_sink *sink, const char *text, u32 len);
void stapc_sink_fill(const struct stapc_sink *sink, char byte, s64 count);

/* A 64-bit decimal with its sign. */
#define STAPC_DECIMAL_SIZE 20

/* Writes `value` so that it ends before `end`: where it begins. */
char *stapc_decimal_before(char *end, s64 value);

void stapc_format_integer(const struct stapc_sink *sink, s64 value, struct stapc_format format);
void stapc_format_padded(const struct stapc_sink *sink, const struct stapc_str *s, struct stapc_format format);

#endif /* STAPC_FORMAT_H */
