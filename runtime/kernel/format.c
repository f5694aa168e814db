// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * format.c: conversions of printf.
 */
#include "format.h"

#define STAPC_WIDTH_MAX 1024

static const char stapc_digit_pairs[] =
	"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
	"5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static stapc_noinline char *stapc_unsigned_before(char *end, u64 value)
{
	while (value >= 100) {
		u64 rest = value / 100;

		end -= 2;
		memcpy(end, stapc_digit_pairs + (value - rest * 100) * 2, 2);
		value = rest;
	}
	if (value < 10) {
		*--end = '0' + value;
		return end;
	}
	end -= 2;
	memcpy(end, stapc_digit_pairs + value * 2, 2);
	return end;
}

stapc_noinline char *stapc_decimal_before(char *end, s64 value)
{
	if (value >= 0)
		return stapc_unsigned_before(end, value);
	end = stapc_unsigned_before(end, 0 - (u64)value);
	*--end = '-';
	return end;
}

static char *stapc_bits_before(char *end, u64 value, u32 shift, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	do {
		*--end = digits[value & ((1u << shift) - 1)];
		value >>= shift;
	} while (value);
	return end;
}

/* A conversion in the making: prefix, zeros, digits, in a field. */
struct stapc_number {
	char digits[24];
	const char *first; /* of the digits */
	char prefix[3];
	u32 prefix_len;
};

static void stapc_prefix(struct stapc_number *n, const char *prefix)
{
	n->prefix_len = strlen(prefix);
	memcpy(n->prefix, prefix, n->prefix_len);
}

static void stapc_convert_signed(struct stapc_number *n, s64 value, u8 flags)
{
	n->first = stapc_unsigned_before(n->digits + sizeof(n->digits), value < 0 ? 0 - (u64)value : value);
	if (value < 0)
		stapc_prefix(n, "-");
	else if (flags & STAPC_FORMAT_PLUS)
		stapc_prefix(n, "+");
	else if (flags & STAPC_FORMAT_SPACE)
		stapc_prefix(n, " ");
}

static void stapc_convert(struct stapc_number *n, s64 value, struct stapc_format *format)
{
	char *end = n->digits + sizeof(n->digits);
	bool alternate = (format->flags & STAPC_FORMAT_ALTERNATE) && value;

	n->prefix_len = 0;
	switch (format->conversion) {
	case 'u':
		n->first = stapc_unsigned_before(end, value);
		break;
	case 'x':
	case 'X':
		n->first = stapc_bits_before(end, value, 4, format->conversion == 'X');
		if (alternate)
			stapc_prefix(n, format->conversion == 'X' ? "0X" : "0x");
		break;
	case 'o':
		n->first = stapc_bits_before(end, value, 3, false);
		if (alternate)
			stapc_prefix(n, "0");
		break;
	case 'p':
		/* All the digits of an address. */
		n->first = stapc_bits_before(end, value, 4, false);
		stapc_prefix(n, "0x");
		format->precision = 16;
		break;
	default:
		stapc_convert_signed(n, value, format->flags);
	}
}

/* Width at least 0, precision at least -1, both bounded. */
static void stapc_normalise(struct stapc_format *format)
{
	if (format->width == STAPC_FORMAT_NONE)
		format->width = 0;
	if (format->width < 0) {
		format->flags |= STAPC_FORMAT_LEFT;
		format->width = -max(format->width, -STAPC_WIDTH_MAX);
	}
	format->width = min(format->width, STAPC_WIDTH_MAX);
	format->precision = clamp(format->precision, STAPC_FORMAT_NONE, STAPC_WIDTH_MAX);
}

/* One byte in a field; with `#`, in octal if it cannot be seen. */
static void stapc_format_char(const struct stapc_sink *sink, u8 byte, struct stapc_format format)
{
	bool left = format.flags & STAPC_FORMAT_LEFT;
	bool octal = (format.flags & STAPC_FORMAT_ALTERNATE) && (byte < ' ' || byte > '~');
	char text[4] = { '\\', '0' + (byte >> 6), '0' + (byte >> 3 & 7), '0' + (byte & 7) };
	s32 len = octal ? 4 : 1;

	if (!octal)
		text[0] = byte;
	if (!left)
		stapc_sink_fill(sink, ' ', format.width - len);
	stapc_sink_text(sink, text, len);
	if (left)
		stapc_sink_fill(sink, ' ', format.width - len);
}

stapc_noinline void stapc_format_integer(const struct stapc_sink *sink, s64 value, struct stapc_format format)
{
	struct stapc_number n;
	s32 digits, zeros, padding;

	stapc_normalise(&format);
	if (format.conversion == 'c') {
		stapc_format_char(sink, (u8)value, format);
		return;
	}
	stapc_convert(&n, value, &format);
	digits = n.digits + sizeof(n.digits) - n.first;
	if (!format.precision && !value)
		digits = 0;
	zeros = max(format.precision - digits, 0);
	padding = max(format.width - (s32)n.prefix_len - zeros - digits, 0);
	if ((format.flags & STAPC_FORMAT_ZERO) && !(format.flags & STAPC_FORMAT_LEFT) && format.precision < 0) {
		zeros += padding;
		padding = 0;
	}
	if (!(format.flags & STAPC_FORMAT_LEFT))
		stapc_sink_fill(sink, ' ', padding);
	stapc_sink_text(sink, n.prefix, n.prefix_len);
	stapc_sink_fill(sink, '0', zeros);
	stapc_sink_text(sink, n.first, digits);
	if (format.flags & STAPC_FORMAT_LEFT)
		stapc_sink_fill(sink, ' ', padding);
}

stapc_noinline void stapc_format_padded(const struct stapc_sink *sink, const struct stapc_str *s,
					struct stapc_format format)
{
	u32 len = s->len;
	bool left;

	stapc_normalise(&format);
	left = format.flags & STAPC_FORMAT_LEFT;
	if (format.precision >= 0)
		len = min_t(u32, len, format.precision);
	if (!left)
		stapc_sink_fill(sink, ' ', format.width - (s64)len);
	stapc_sink_text(sink, s->text, len);
	if (left)
		stapc_sink_fill(sink, ' ', format.width - (s64)len);
}
