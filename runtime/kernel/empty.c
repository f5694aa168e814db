// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * empty.c: the program of a runtime without one, so that kbuild can link and
 * modpost can check it. A probe.o's definition takes its place; and so does one of tables, if there are any.
 */
#include "objects.h"

const struct stapc_program stapc_program __weak = {
	.abi = STAPC_ABI,
	.string_max = STAPC_STR_MAX,
	.limits = STAPC_LIMITS,
};

const struct stapc_objects stapc_objects __weak = { .count = 0 };
