// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * pins.c: the kernel's symbols that an emitted probe.c may use.
 *
 * modpost records the version of each symbol that this object imports before
 * any probe.o exists; so all that probe.o could import is named here. The
 * section is not loaded.
 */
#include "profile_constants.h"

#define STAPC_PIN(symbol)                                                                         \
	asm(".pushsection .discard.stapc.pins,\"\",@progbits\n"                                           \
	    ".quad " symbol "\n"                                                                  \
	    ".popsection\n")

STAPC_PIN(STAPC_K_PREEMPT_COUNT);
STAPC_PIN(STAPC_K_CURRENT_TASK);
STAPC_PIN("this_cpu_off");
STAPC_PIN("ktime_get_real_fast_ns");
STAPC_PIN("memcpy");
STAPC_PIN("memmove");
STAPC_PIN("memset");
STAPC_PIN("memcmp");
STAPC_PIN("strlen");
#if defined(CONFIG_RETHUNK) || defined(CONFIG_MITIGATION_RETHUNK)
STAPC_PIN("__x86_return_thunk");
#endif
