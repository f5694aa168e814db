// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * symbol.c: where the kernel's symbols are. The function that knows is not exported; a kprobe finds it,
 * and is gone again before anything can hit it twice.
 */
#include <linux/kprobes.h>

#include "arm.h"

typedef unsigned long (*stapc_lookup_fn)(const char *name);
typedef int (*stapc_each_fn)(int (*fn)(void *data, unsigned long address), const char *name, void *data);

#ifdef CONFIG_X86_KERNEL_IBT
#define STAPC_ENDBR64 0xfa1e0ff3
#define STAPC_ENTRY_MARK 4
#else
#define STAPC_ENTRY_MARK 0
#endif

static stapc_lookup_fn stapc_lookup;

/*
 * What the kernel calls by its name only may have lost the mark at its entry, without which a processor that watches
 * branches refuses to jump there. 0 then.
 */
static unsigned long stapc_callable(unsigned long entry)
{
#ifdef CONFIG_X86_KERNEL_IBT
	if (cpu_feature_enabled(X86_FEATURE_IBT) && *(u32 *)entry != STAPC_ENDBR64)
		return 0;
#endif
	return entry;
}

static void stapc_lookup_init(void)
{
	struct kprobe kprobe = { .symbol_name = "kallsyms_lookup_name" };

	if (register_kprobe(&kprobe))
		return;
	/* A kprobe at the entry stands behind the mark. */
	stapc_lookup = (stapc_lookup_fn)stapc_callable((unsigned long)kprobe.addr - STAPC_ENTRY_MARK);
	unregister_kprobe(&kprobe);
}

unsigned long stapc_symbol_find(const char *name)
{
	if (!stapc_lookup)
		stapc_lookup_init();
	return stapc_lookup ? stapc_lookup(name) : 0;
}

#ifdef STAPC_HAS_EACH_SYMBOL
struct stapc_each {
	int (*fn)(void *data, unsigned long address);
	void *data;
	bool any;
};

static int stapc_symbol_one(void *data, unsigned long address)
{
	struct stapc_each *each = data;

	each->any = true;
	return each->fn(each->data, address);
}

bool stapc_symbol_each(const char *name, int (*fn)(void *data, unsigned long address), void *data)
{
	static stapc_each_fn each_match;
	struct stapc_each each = { .fn = fn, .data = data };

	if (!each_match) {
		unsigned long entry = stapc_symbol_find("kallsyms_on_each_match_symbol");

		each_match = entry ? (stapc_each_fn)stapc_callable(entry) : NULL;
	}
	if (each_match)
		each_match(stapc_symbol_one, name, &each);
	return each.any;
}
#else
bool stapc_symbol_each(const char *name, int (*fn)(void *data, unsigned long address), void *data)
{
	return false;
}
#endif

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
