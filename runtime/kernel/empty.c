// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * empty.c: the program of a runtime without one, so that kbuild can link and
 * modpost can check it. A probe.o's definition takes its place.
 */
#include "session.h"

const struct stapc_program stapc_program __weak = {
	.abi = STAPC_ABI,
	.string_max = STAPC_STR_MAX,
	.limits = STAPC_LIMITS,
};
