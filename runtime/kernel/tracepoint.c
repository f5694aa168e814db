// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * tracepoint.c: the kernel's tracepoints by name; it gives them out one after the other only.
 */
#include <linux/tracepoint.h>

#include "session.h"

struct stapc_sought {
	const char *name;
	struct tracepoint *found;
};

static void stapc_look_at(struct tracepoint *tracepoint, void *data)
{
	struct stapc_sought *sought = data;

	if (!strcmp(tracepoint->name, sought->name))
		sought->found = tracepoint;
}

struct tracepoint *stapc_tracepoint(const char *name)
{
	struct stapc_sought sought = { .name = name };

	for_each_kernel_tracepoint(stapc_look_at, &sought);
	return sought.found;
}
