/*
 * shim.h: as much of the kernel's headers as the runtime's text needs, for a program.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;

#define noinline __attribute__((noinline))
#define notrace
#define __always_inline inline __attribute__((always_inline, unused))
#define __must_check
#define __cold
#define __maybe_unused __attribute__((unused))
#define __printf(format, first)
#define likely(x) (x)
#define unlikely(x) (x)
#define barrier() __asm__ volatile("" : : : "memory")
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, v) ((x) = (v))
#define min(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })
#define min_t(type, a, b) min((type)(a), (type)(b))
#define clamp(value, low, high) min(max(value, low), high)
#define __stringify(x) #x
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) name
