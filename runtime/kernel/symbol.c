// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * symbol.c: where the kernel's symbols are. The function that knows is not exported; a kprobe finds it,
 * and is gone again before anything can hit it twice.
 */
#include <linux/kprobes.h>

#include "arm.h"

typedef unsigned long (*stapc_lookup_fn)(const char *name);

static stapc_lookup_fn stapc_lookup;

static void stapc_lookup_init(void)
{
	struct kprobe kprobe = { .symbol_name = "kallsyms_lookup_name" };

	if (!register_kprobe(&kprobe)) {
		stapc_lookup = (stapc_lookup_fn)kprobe.addr;
		unregister_kprobe(&kprobe);
	}
}

unsigned long stapc_symbol_find(const char *name)
{
	return stapc_lookup ? stapc_lookup(name) : 0;
}

static bool stapc_symbols_wanted(void)
{
	u32 i;

	for (i = 0; i < stapc_program.probes_count; i++)
		if (stapc_in_module(stapc_program.probes[i].symbol) || stapc_program.probes[i].kind == STAPC_DATA)
			return true;
	return stapc_program.symbols_count > 0;
}

int stapc_symbols_init(void)
{
	u32 i;

	if (!stapc_symbols_wanted())
		return 0;
	stapc_lookup_init();
	if (!stapc_lookup) {
		pr_err("stapc: the kernel does not say where its symbols are\n");
		return -ENOENT;
	}
	for (i = 0; i < stapc_program.symbols_count; i++) {
		struct stapc_symbol *symbol = &stapc_program.symbols[i];

		/* Those of modules are looked up when the session starts, and when the module comes. */
		if (stapc_in_module(symbol->name))
			continue;
		symbol->address = stapc_symbol_find(symbol->name);
		if (!symbol->address) {
			pr_err("stapc: the kernel does not say where %s is\n", symbol->name);
			return -ENOENT;
		}
	}
	return 0;
}
