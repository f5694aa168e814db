// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * memory.c: reading strings of the kernel.
 */
#include "session.h"

/* Bytes of `word` before its first zero byte: 0 to 8. */
static u32 stapc_word_text(u64 word)
{
	const u64 ones = 0x0101010101010101ull;
	u64 zeros = (word - ones) & ~word & (ones << 7);

	return zeros ? __builtin_ctzll(zeros) / 8 : 8;
}

/*
 * The next 8 bytes at `address`, or the next one where 8 would reach into the
 * next page: a string may end just before one that is not there.
 */
static bool stapc_load_part(struct stapc_cpu *c, u64 address, s64 *word, u32 *size, u32 site)
{
	if (likely((address & 4095) <= 4088)) {
		*size = 8;
		return stapc_load_u64(c, address, word, site);
	}
	*size = 1;
	return stapc_load_u8(c, address, word, site);
}

stapc_noinline bool stapc_load_str(struct stapc_cpu *c, u64 address, struct stapc_str *to, u32 site)
{
	u32 limit = stapc_program.string_max, used = 0;

	while (used < limit) {
		u32 size, text;
		s64 word;

		if (!stapc_load_part(c, address + used, &word, &size, site))
			return false;
		text = min(stapc_word_text(word), size);
		memcpy(to->text + used, &word, min(text, limit - used));
		used = min(used + text, limit);
		if (text < size)
			break;
	}
	stapc_str_end(to, used);
	return true;
}
