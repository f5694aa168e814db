/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * memory.h: loads from addresses that a script computed, and stores to them.
 *
 * An address of the kernel's half is read straight away; if that faults, the
 * exception table sends the CPU to the fault path. What must not be tried is
 * refused by one unsigned comparison: user addresses (with SMAP an oops, table
 * or not) and the vsyscall page, which counts as one.
 *
 * The table's entry is EX_TYPE_DEFAULT: addresses that are not canonical raise
 * a general protection fault, which other types complain about.
 */
#ifndef STAPC_MEMORY_H
#define STAPC_MEMORY_H

/*
 * to = the bytes at `address` up to a NUL or the longest string. A fault is a
 * fault, even after some bytes.
 */
bool __must_check stapc_load_str(struct stapc_cpu *c, u64 address, struct stapc_str *to, u32 site);

#ifdef STAPC_RUNTIME
#include "profile_constants.h"
#endif

static __always_inline bool stapc_address_ok(u64 address)
{
	return address - STAPC_K_READABLE_START <= STAPC_K_READABLE_LAST - STAPC_K_READABLE_START;
}

/* As asm/extable.h: instruction, where to go on, type; each a 32-bit offset. */
#define STAPC_EXTABLE(from, to)                                                                   \
	".pushsection \"__ex_table\",\"a\"\n"                                                     \
	".balign 4\n"                                                                             \
	".long (" from ") - .\n"                                                                  \
	".long (" to ") - .\n"                                                                    \
	".long " STAPC_K_EXTABLE_TYPE "\n"                                                        \
	".popsection\n"

#ifdef STAPC_HOSTED
/* There is no kernel's half: what there is, is the event's. */
#define STAPC_LOAD(name, type, wide, read)                                                        \
	bool __must_check stapc_load_##name(struct stapc_cpu *c, u64 address, wide *result, u32 site);
#define STAPC_STORE(name, type, write)                                                            \
	bool __must_check stapc_store_##name(struct stapc_cpu *c, u64 address, s64 value, u32 site);
#else
/* `read` is the instruction; the empty asm is for gcc's bug 113921. */
#define STAPC_LOAD(name, type, wide, read)                                                        \
	static __always_inline bool __must_check stapc_load_##name(struct stapc_cpu *c,           \
								   u64 address, wide *result,     \
								   u32 site)                      \
	{                                                                                         \
		wide value;                                                                       \
                                                                                                  \
		if (unlikely(!stapc_address_ok(address)))                                         \
			goto bad;                                                                 \
		__asm__ goto volatile("1: " read "\n" STAPC_EXTABLE("1b", "%l[bad]")              \
				      : "=r"(value)                                               \
				      : "m"(*(const volatile type *)address)                      \
				      :                                                           \
				      : bad);                                                     \
		__asm__ volatile("");                                                             \
		*result = value;                                                                  \
		return true;                                                                      \
	bad:                                                                                      \
		stapc_fault(c, STAPC_FAULT_READ, address, site);                                  \
		return false;                                                                     \
	}

/* To the kernel's memory: what is not there, or only to be read, faults likewise. */
#define STAPC_STORE(name, type, write)                                                            \
	static __always_inline bool __must_check stapc_store_##name(struct stapc_cpu *c,          \
								    u64 address, s64 value,       \
								    u32 site)                     \
	{                                                                                         \
		if (unlikely(!stapc_address_ok(address)))                                         \
			goto bad;                                                                 \
		__asm__ goto volatile("1: " write "\n" STAPC_EXTABLE("1b", "%l[bad]")             \
				      :                                                           \
				      : "m"(*(volatile type *)address), "r"(value)                \
				      : "memory"                                                  \
				      : bad);                                                     \
		return true;                                                                      \
	bad:                                                                                      \
		stapc_fault(c, STAPC_FAULT_WRITE, address, site);                                 \
		return false;                                                                     \
	}

#endif /* STAPC_HOSTED */

STAPC_LOAD(u8, u8, s64, "movzbl %1, %k0")
STAPC_LOAD(s8, s8, s64, "movsbq %1, %0")
STAPC_LOAD(u16, u16, s64, "movzwl %1, %k0")
STAPC_LOAD(s16, s16, s64, "movswq %1, %0")
STAPC_LOAD(u32, u32, s64, "movl %1, %k0")
STAPC_LOAD(s32, s32, s64, "movslq %1, %0")
STAPC_LOAD(u64, u64, s64, "movq %1, %0")

STAPC_STORE(8, u8, "movb %b1, %0")
STAPC_STORE(16, u16, "movw %w1, %0")
STAPC_STORE(32, u32, "movl %k1, %0")
STAPC_STORE(64, u64, "movq %1, %0")

/*
 * The memory of the current task, as far as it is there now: nothing is paged in, and a thread of the
 * kernel has none.
 */
#define STAPC_ULOAD(name)                                                                         \
	bool __must_check stapc_uload_##name(struct stapc_cpu *c, u64 address, s64 *result, u32 site)
#define STAPC_USTORE(name)                                                                        \
	bool __must_check stapc_ustore_##name(struct stapc_cpu *c, u64 address, s64 value, u32 site)

STAPC_ULOAD(u8);
STAPC_ULOAD(s8);
STAPC_ULOAD(u16);
STAPC_ULOAD(s16);
STAPC_ULOAD(u32);
STAPC_ULOAD(s32);
STAPC_ULOAD(u64);
STAPC_USTORE(8);
STAPC_USTORE(16);
STAPC_USTORE(32);
STAPC_USTORE(64);

/* As stapc_load_str(). */
bool __must_check stapc_uload_str(struct stapc_cpu *c, u64 address, struct stapc_str *to, u32 site);

#endif /* STAPC_MEMORY_H */
