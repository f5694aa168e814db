// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * tracepoint.c: the kernel's tracepoints. It gives them out one after the other only, so one is looked
 * for by its name among all. The callback puts the arguments where a function has them.
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

/* Behind the tracepoint's last argument is whatever is there; no handler reads it. */
static void stapc_trace_hit(void *data, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	const struct stapc_probe *probe = data;
	struct pt_regs regs;

	regs.di = a;
	regs.si = b;
	regs.dx = c;
	regs.cx = d;
	regs.r8 = e;
	probe->entry(0, 0, stapc_ops(&probe), stapc_fregs(&regs));
}

struct tracepoint *stapc_trace_find(const char *name)
{
	struct stapc_sought sought = { .name = name };

	for_each_kernel_tracepoint(stapc_look_at, &sought);
	return sought.found;
}

struct tracepoint *stapc_trace_arm(const struct stapc_probe *probe)
{
	struct tracepoint *found = stapc_trace_find(probe->symbol);
	int error;

	if (!found)
		return ERR_PTR(-ENOENT);
	error = tracepoint_probe_register(found, stapc_trace_hit, (void *)probe);
	return error ? ERR_PTR(error) : found;
}

void stapc_trace_disarm(struct tracepoint *tracepoint, const struct stapc_probe *probe)
{
	tracepoint_probe_unregister(tracepoint, stapc_trace_hit, (void *)probe);
}
