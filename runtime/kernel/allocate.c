// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * allocate.c: the session's memory. It is taken when the module is loaded, so a lack of it is the session's
 * failure: nothing else is stopped or killed to make room.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "session.h"

static u64 stapc_memory_taken;
static bool stapc_memory_over;

bool stapc_memory_exceeded(void)
{
	return stapc_memory_over;
}

bool stapc_memory_take(u64 bytes)
{
	u64 most = (u64)stapc_program.limits.memory_kb * 1024;

	if (bytes >> PAGE_SHIFT >= si_mem_available())
		return false;
	stapc_memory_taken += bytes;
	stapc_memory_over |= most && stapc_memory_taken > most;
	return !stapc_memory_over;
}

void *stapc_allocate(size_t size, int node)
{
	void *memory;

	if (!stapc_memory_take(size))
		return NULL;
	memory = kvzalloc_node(size, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, node);
	if (!memory)
		memory = __vmalloc(size, GFP_KERNEL | __GFP_ZERO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	return memory;
}

void __percpu *stapc_allocate_each(size_t size, size_t align)
{
	if (!stapc_memory_take(array_size(size, num_possible_cpus())))
		return NULL;
	return __alloc_percpu_gfp(size, align, GFP_KERNEL | __GFP_NOWARN);
}

void stapc_free(const void *memory)
{
	kvfree(memory);
}
