// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * memory.c: reading strings, and the memory of the current task.
 */
#include <linux/uaccess.h>
#include <asm/fsgsbase.h>

#include "session.h"

/* The kernel itself has no use for it: the processor has the task's. */
s64 stapc_thread_pointer(void)
{
	return (s64)x86_fsbase_read_cpu();
}

/* Bytes of `word` before its first zero byte: 0 to 8. */
static u32 stapc_word_text(u64 word)
{
	const u64 ones = 0x0101010101010101ull;
	u64 zeros = (word - ones) & ~word & (ones << 7);

	return zeros ? __builtin_ctzll(zeros) / 8 : 8;
}

#define STAPC_ULOAD_AS(name, type)                                                                \
	stapc_noinline STAPC_ULOAD(name)                                                          \
	{                                                                                         \
		type value;                                                                       \
                                                                                                  \
		if (copy_from_user_nofault(&value, (const void __user *)address, sizeof(value))) { \
			stapc_fault(c, STAPC_FAULT_READ, address, site);                          \
			return false;                                                             \
		}                                                                                 \
		*result = (s64)value;                                                             \
		return true;                                                                      \
	}

STAPC_ULOAD_AS(u8, u8)
STAPC_ULOAD_AS(s8, s8)
STAPC_ULOAD_AS(u16, u16)
STAPC_ULOAD_AS(s16, s16)
STAPC_ULOAD_AS(u32, u32)
STAPC_ULOAD_AS(s32, s32)
STAPC_ULOAD_AS(u64, u64)

#define STAPC_USTORE_AS(name, type)                                                               \
	stapc_noinline STAPC_USTORE(name)                                                         \
	{                                                                                         \
		type part = (type)value;                                                          \
                                                                                                  \
		if (copy_to_user_nofault((void __user *)address, &part, sizeof(part))) {          \
			stapc_fault(c, STAPC_FAULT_WRITE, address, site);                         \
			return false;                                                             \
		}                                                                                 \
		return true;                                                                      \
	}

STAPC_USTORE_AS(8, u8)
STAPC_USTORE_AS(16, u16)
STAPC_USTORE_AS(32, u32)
STAPC_USTORE_AS(64, u64)

/*
 * The next 8 bytes at `address`, or the next one where 8 would reach into the
 * next page: a string may end just before one that is not there.
 */
static bool stapc_load_part(struct stapc_cpu *c, bool user, u64 address, s64 *word, u32 *size, u32 site)
{
	if (likely((address & 4095) <= 4088)) {
		*size = 8;
		return user ? stapc_uload_u64(c, address, word, site) : stapc_load_u64(c, address, word, site);
	}
	*size = 1;
	return user ? stapc_uload_u8(c, address, word, site) : stapc_load_u8(c, address, word, site);
}

static bool stapc_load_text(struct stapc_cpu *c, bool user, u64 address, struct stapc_str *to, u32 site)
{
	u32 limit = stapc_program.string_max, used = 0;

	while (used < limit) {
		u32 size, text;
		s64 word;

		if (!stapc_load_part(c, user, address + used, &word, &size, site))
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

stapc_noinline bool stapc_load_str(struct stapc_cpu *c, u64 address, struct stapc_str *to, u32 site)
{
	return stapc_load_text(c, false, address, to, site);
}

stapc_noinline bool stapc_uload_str(struct stapc_cpu *c, u64 address, struct stapc_str *to, u32 site)
{
	return stapc_load_text(c, true, address, to, site);
}
