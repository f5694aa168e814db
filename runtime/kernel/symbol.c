// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * symbol.c: where the kernel's symbols are. The function that knows is not exported; a kprobe finds it,
 * and is gone again before anything can hit it twice.
 */
#include <linux/kprobes.h>

#include "session.h"

typedef unsigned long (*stapc_lookup_fn)(const char *name);

static stapc_lookup_fn stapc_lookup(void)
{
	struct kprobe kprobe = { .symbol_name = "kallsyms_lookup_name" };
	stapc_lookup_fn lookup = NULL;

	if (!register_kprobe(&kprobe)) {
		lookup = (stapc_lookup_fn)kprobe.addr;
		unregister_kprobe(&kprobe);
	}
	return lookup;
}

int stapc_symbols_init(void)
{
	stapc_lookup_fn lookup;
	u32 i;

	if (!stapc_program.symbols_count)
		return 0;
	lookup = stapc_lookup();
	for (i = 0; i < stapc_program.symbols_count; i++) {
		struct stapc_symbol *symbol = &stapc_program.symbols[i];

		symbol->address = lookup ? lookup(symbol->name) : 0;
		if (!symbol->address) {
			pr_err("stapc: the kernel does not say where %s is\n", symbol->name);
			return -ENOENT;
		}
	}
	return 0;
}
