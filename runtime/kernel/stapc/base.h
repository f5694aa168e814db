/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * base.h: integer types, attributes and the arithmetic whose C meaning is not
 * the script's meaning.
 */
#ifndef STAPC_BASE_H
#define STAPC_BASE_H

/* Of the layouts shared by the runtime and probe.c. Change it with them. */
#define STAPC_ABI 5

#ifdef STAPC_RUNTIME

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

/* Runtime code that a handler may run: never traced, never inlined into what is. */
#define stapc_noinline noinline notrace

#else

#include "profile.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef __SIZE_TYPE__ size_t;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)
#define __always_inline inline __attribute__((always_inline, unused))
#define __must_check __attribute__((warn_unused_result))
#define __cold __attribute__((cold))
#define __maybe_unused __attribute__((unused))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define barrier() __asm__ volatile("" : : : "memory")
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define memcpy(to, from, n) __builtin_memcpy(to, from, n)
#define memset(to, byte, n) __builtin_memset(to, byte, n)
#define stapc_noinline __attribute__((noinline))

#endif /* STAPC_RUNTIME */

/*
 * Script arithmetic: 64-bit, wrapping. Signed overflow is undefined in C, so
 * the operations that can overflow go through u64. (The kernel is built with
 * -fno-strict-overflow, but probe.c need not depend on it.)
 */
static __always_inline s64 stapc_add(s64 a, s64 b)
{
	return (s64)((u64)a + (u64)b);
}

static __always_inline s64 stapc_sub(s64 a, s64 b)
{
	return (s64)((u64)a - (u64)b);
}

static __always_inline s64 stapc_mul(s64 a, s64 b)
{
	return (s64)((u64)a * (u64)b);
}

static __always_inline s64 stapc_neg(s64 a)
{
	return (s64)(0 - (u64)a);
}

/* Shift counts are taken modulo 64. */
static __always_inline s64 stapc_shl(s64 a, s64 count)
{
	return (s64)((u64)a << (count & 63));
}

static __always_inline s64 stapc_sshr(s64 a, s64 count)
{
	return a >> (count & 63);
}

static __always_inline s64 stapc_ushr(s64 a, s64 count)
{
	return (s64)((u64)a >> (count & 63));
}

/*
 * Division that cannot trap, for a divisor known not to be zero. The smallest
 * integer divided by -1 is itself, with remainder 0.
 */
static __always_inline s64 stapc_div_nonzero(s64 a, s64 b)
{
	return unlikely(b == -1) ? stapc_neg(a) : a / b;
}

static __always_inline s64 stapc_mod_nonzero(s64 a, s64 b)
{
	return unlikely(b == -1) ? 0 : a % b;
}

#ifdef STAPC_HOSTED
u64 stapc_tsc(void);

static __always_inline u32 stapc_tsc_low(void)
{
	return (u32)stapc_tsc();
}
#else
/* The time stamp counter; the low half is enough for short intervals. */
static __always_inline u32 stapc_tsc_low(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return low;
}

static __always_inline u64 stapc_tsc(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}
#endif /* STAPC_HOSTED */

#endif /* STAPC_BASE_H */
