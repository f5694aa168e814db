/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * hosted.h: what the runtime uses of the kernel's headers, for an ordinary program of one thread.
 */
#ifndef STAPC_HOSTED_H
#define STAPC_HOSTED_H

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;

#define U16_MAX UINT16_MAX
#define S64_MAX INT64_MAX
#define S64_MIN INT64_MIN
#define U64_MAX UINT64_MAX

#define __user
#define __always_inline inline __attribute__((always_inline))
#define noinline __attribute__((noinline))
#define notrace
#define __maybe_unused __attribute__((unused))
#define __must_check __attribute__((warn_unused_result))
#define __cold __attribute__((cold))
#define __printf(text, first) __attribute__((format(printf, text, first)))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ volatile("" : : : "memory")
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define smp_store_release(p, v) WRITE_ONCE(*(p), v)
#define smp_load_acquire(p) READ_ONCE(*(p))
#define smp_store_mb(x, v) WRITE_ONCE(x, v)
#define smp_rmb() barrier()
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define min(a, b) ({ __typeof__(a) min_a = (a); __typeof__(b) min_b = (b); min_a < min_b ? min_a : min_b; })
#define max(a, b) ({ __typeof__(a) max_a = (a); __typeof__(b) max_b = (b); max_a > max_b ? max_a : max_b; })
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define clamp(value, low, high) min(max(value, (__typeof__(value))(low)), (__typeof__(value))(high))
#define clamp_t(type, value, low, high) clamp((type)(value), (type)(low), (type)(high))
#define min3(a, b, c) min(min(a, b), c)
#define swap(a, b) do { __typeof__(a) swap_a = (a); (a) = (b); (b) = swap_a; } while (0)

/* Memory: each allocation by itself, so that the sanitizer sees its ends. */
#define NUMA_NO_NODE 0
#define cpu_to_node(cpu) 0
#define size_add(a, b) ((size_t)(a) + (b))
#define array_size(a, b) ((size_t)(a) * (b))
#define check_mul_overflow(a, b, to) __builtin_mul_overflow(a, b, to)
#define check_add_overflow(a, b, to) __builtin_add_overflow(a, b, to)

static inline u32 roundup_pow_of_two(u32 n)
{
	return n <= 1 ? 1 : 1u << (32 - __builtin_clz(n - 1));
}

/* Processors: all their data is in one section, of which each has a copy; the segment register says which. */
#define HOSTED_CPUS 2
#define __percpu
#define DEFINE_PER_CPU(type, name) __attribute__((section("hosted_per_cpu"))) type name
#define DECLARE_PER_CPU(type, name) extern type name
extern u64 hosted_offsets[HOSTED_CPUS];
extern int hosted_cpu;
/* The asm hides from the compiler that the copy is not the object itself. */
#define hosted_address(name) ({ u64 address = (u64)&(name); __asm__("" : "+r"(address)); address; })
#define per_cpu(name, cpu) (*(__typeof__(name) *)(hosted_address(name) + hosted_offsets[cpu]))
#define this_cpu_read(name) per_cpu(name, hosted_cpu)
#define this_cpu_write(name, value) (per_cpu(name, hosted_cpu) = (value))
#define smp_processor_id() hosted_cpu
#define num_possible_cpus() HOSTED_CPUS
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < HOSTED_CPUS; (cpu)++)
#define preempt_enable_notrace()
#define preempt_disable_notrace()
#define raw_local_irq_save(flags) ((flags) = 0)
#define raw_local_irq_restore(flags)

/* Whoever waits sees time pass. */
void cpu_relax(void);
#define tsc_khz 1000000u

/* As the kernel's: the bytes written, at most size - 1. */
static inline __printf(3, 0) int vscnprintf(char *to, size_t size, const char *format, va_list args)
{
	int len = vsnprintf(to, size, format, args);

	return len < 0 || !size ? 0 : (size_t)len < size ? len : (int)size - 1;
}

static inline __printf(3, 4) int scnprintf(char *to, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vscnprintf(to, size, format, args);
	va_end(args);
	return len;
}

static inline void strscpy(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

u64 x86_fsbase_read_cpu(void);

/* Memory of the current task. */
long copy_from_user_nofault(void *to, const void *from, size_t size);
long copy_to_user_nofault(void *to, const void *from, size_t size);

#endif /* STAPC_HOSTED_H */
