// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * stat.c: figures of aggregates that take more than a line.
 */
#include "session.h"

/* Towards zero; the kernel has no division of 128 bits. */
static __int128 stapc_divide(__int128 dividend, __int128 divisor)
{
	unsigned __int128 left = dividend < 0 ? -(unsigned __int128)dividend : dividend;
	unsigned __int128 by = divisor, quotient = 0, rest = 0;
	int bit;

	for (bit = 127; bit >= 0; bit--) {
		rest = rest << 1 | (left >> bit & 1);
		if (rest >= by) {
			rest -= by;
			quotient |= (unsigned __int128)1 << bit;
		}
	}
	return dividend < 0 ? -quotient : quotient;
}

stapc_noinline s64 stapc_stat_variance_of(const struct stapc_stat *stat)
{
	unsigned __int128 squares = (unsigned __int128)stat->squares[1] << 64 | stat->squares[0];
	unsigned __int128 square = (__int128)stat->sum * stat->sum;
	unsigned __int128 count = stat->count;

	if (stat->count < 2)
		return 0;
	return (s64)stapc_divide((__int128)(count * squares - square), (__int128)(count * (count - 1)));
}
