/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * embedded.h: what C of a script finds: the kernel's usual headers, and the
 * macros by which it says and takes things. It is compiled as the kernel's own
 * modules are. In each function, STAP_ARG_*, STAP_RETVALUE, STAP_RETURN and
 * STAP_GLOBAL_* are defined for that function.
 */
#ifndef STAPC_EMBEDDED_H
#define STAPC_EMBEDDED_H

#define STAPC_RUNTIME

#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "base.h"
#include "string.h"

struct stapc_cpu;

#include "embed.h"

/* Kernels have had it, and not. */
static inline __maybe_unused size_t stapc_strlcpy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from);

	if (size) {
		size_t copied = len < size ? len : size - 1;

		memmove(to, from, copied);
		to[copied] = '\0';
	}
	return len;
}

#undef strlcpy
#define strlcpy stapc_strlcpy

#define STAP_ERROR(...)                                                                           \
	do {                                                                                      \
		stapc_embed_error(stapc_c, stapc_site, __VA_ARGS__);                              \
		stapc_done = false;                                                               \
		goto out;                                                                         \
	} while (0)

#define STAP_PRINTF(...) stapc_embed_printf(__VA_ARGS__)
#define _stp_printf(...) stapc_embed_printf(__VA_ARGS__)
#define _stp_print(text) stapc_embed_printf("%s", text)
#define _stp_warn(...) stapc_embed_warn(__VA_ARGS__)

#endif /* STAPC_EMBEDDED_H */
