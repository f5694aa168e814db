// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * modules.c: probes and symbols of the kernel's modules, which come and go.
 *
 * A module that comes is probed before its first instruction runs, and one that
 * goes is left after its last. Symbols of modules are written MODULE:SYMBOL, as
 * the kernel's lookup wants them; where one is, is looked up anew each time.
 *
 * The kernel tells by a chain of notifiers, under a semaphore of its own, with
 * none of its other locks held. Ours:
 *
 * - The mutex keeps what arms at the session's start, and what reads counts,
 *   apart from the notifiers. It is taken inside the semaphore, so neither
 *   registering nor unregistering a notifier, which takes the semaphore too,
 *   may happen under it.
 * - Unregistering waits for a notifier that runs. Behind it only the session
 *   arms and disarms.
 *
 * kprobes has a notifier too, with priority 0, and ours runs behind it. When a
 * module comes, it is what forbids the module's delicate functions. When one goes
 * (or has run its initialisation, whose code is freed), it gives up the probes
 * there, which are only to be unregistered then. The other way round would not do:
 * a probe that the kernel has made a jump stays in its tables until a work item
 * has taken the jump out, and if it is given up before that it stays for ever, and
 * nothing can be armed at its address again. And since a session may end while a
 * module is just going, no probe of ours in a module becomes a jump at all: a
 * second one at its side has a handler for which there is no such way.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>

#include "arm.h"

static DEFINE_MUTEX(stapc_modules_mutex);
static bool stapc_modules_watched;

void stapc_modules_lock(void)
{
	mutex_lock(&stapc_modules_mutex);
}

void stapc_modules_unlock(void)
{
	mutex_unlock(&stapc_modules_mutex);
}

/* Whether a symbol is one of this module, or of any if there is none. */
static bool stapc_is_of(const char *symbol, const struct module *module)
{
	size_t length;

	if (!stapc_in_module(symbol))
		return false;
	if (!module)
		return true;
	length = strchr(symbol, ':') - symbol;
	return strlen(module->name) == length && !strncmp(module->name, symbol, length);
}

static unsigned long stapc_modules_address(const struct stapc_probe *probe)
{
	unsigned long symbol = stapc_symbol_find(probe->symbol);

	/* An offset may be negative, and has wrapped then. */
	return symbol ? symbol + probe->offset : 0;
}

int stapc_place(struct kprobe *kprobe, const struct stapc_probe *probe)
{
	if (!probe->symbol) {
		kprobe->addr = (kprobe_opcode_t *)probe->offset;
		return 0;
	}
	if (!stapc_in_module(probe->symbol)) {
		kprobe->symbol_name = probe->symbol;
		kprobe->offset = probe->offset;
		return 0;
	}
	kprobe->addr = (kprobe_opcode_t *)stapc_modules_address(probe);
	return kprobe->addr ? 0 : -ENOENT;
}

static void stapc_helper_hit(struct kprobe *kprobe, struct pt_regs *regs, unsigned long flags)
{
}

int stapc_check_place(struct stapc_attachment *a, const struct kprobe *kprobe)
{
	bool moved;

	memset(&a->helper, 0, sizeof(a->helper));
	if (!stapc_in_module(a->probe->symbol))
		return 0;
	/* The kernel may have stepped over a mark at the function's entry. */
	moved = (unsigned long)kprobe->addr - stapc_modules_address(a->probe) >= 8;
	if (!moved && kprobe->flags & KPROBE_FLAG_FTRACE)
		return 0;
	a->helper.post_handler = stapc_helper_hit;
	a->helper.addr = kprobe->addr;
	a->helper.flags = stapc_kprobe_flags(a);
	if (!moved && !register_kprobe(&a->helper))
		return 0;
	/* It is going. The jump has not been made yet: that takes some ticks. */
	a->helper.addr = NULL;
	stapc_disarm_one(a);
	return -ENOENT;
}

void stapc_disarm_kprobe(struct stapc_attachment *a)
{
	struct kprobe *both[] = { &a->kprobe, &a->helper };

	/* In this order, or it would become a jump in between. */
	unregister_kprobes(both, a->helper.addr ? 2 : 1);
}

void stapc_disarm_kretprobe(struct stapc_attachment *a)
{
	unregister_kretprobe(&a->kretprobe);
	if (a->helper.addr)
		unregister_kprobe(&a->helper);
}

/* What is armed, or was tried to be, as a kprobe or kretprobe is at this address. */
static unsigned long stapc_armed_at(const struct stapc_attachment *a)
{
	bool returns = a->probe->kind == STAPC_RETURN;

	return (unsigned long)(returns ? a->kretprobe.kp.addr : a->kprobe.addr);
}

/*
 * A module that is going when the session starts may be found, and be gone when
 * the probe is to be armed: the kernel calls that a wrong address, or knows no
 * such module any more.
 */
static bool stapc_modules_gone(const struct stapc_attachment *a, int error)
{
	return error == -ENOENT || stapc_armed_at(a) - stapc_modules_address(a->probe) >= 8;
}

int stapc_modules_arm(struct stapc_attachment *a)
{
	int error = stapc_arm_one(a);

	if (!error || !stapc_in_module(a->probe->symbol))
		return error;
	/* Perhaps it has come again meanwhile, to the same place. */
	if (!stapc_modules_gone(a, error))
		error = stapc_arm_one(a);
	/* Its notification, which waits for us, arms it. */
	return error && stapc_modules_gone(a, error) ? 0 : error;
}

/* Symbols of a module, or of all: where they are now, or nowhere (which no handler can read). */
static void stapc_modules_symbols(const struct module *module, bool gone)
{
	u32 i;

	for (i = 0; i < stapc_program.symbols_count; i++) {
		struct stapc_symbol *symbol = &stapc_program.symbols[i];

		if (stapc_is_of(symbol->name, module))
			WRITE_ONCE(symbol->address, gone ? 0 : stapc_symbol_find(symbol->name));
	}
}

static void stapc_module_comes(const struct module *module)
{
	u32 i;

	stapc_modules_symbols(module, false);
	for (i = 0; i < stapc_program.probes_count; i++) {
		struct stapc_attachment *a = &stapc_attachments[i];
		int error;

		if (a->how != STAPC_NOT_ARMED || !stapc_is_of(a->probe->symbol, module))
			continue;
		error = stapc_arm_one(a);
		if (error)
			stapc_session_warn("WARNING: cannot probe %s: %s (error %d)", a->probe->point,
					   error == -ENOENT ? "the module that was loaded has no such function" :
							      "registration failed",
					   error);
	}
}

/* `all`: the module goes; else only its initialisation. */
static void stapc_module_goes(const struct module *module, bool all)
{
	u32 i;

	for (i = 0; i < stapc_program.probes_count; i++) {
		struct stapc_attachment *a = &stapc_attachments[i];

		if (a->how == STAPC_NOT_ARMED || !stapc_is_of(a->probe->symbol, module))
			continue;
		if (!all && !within_module_init(stapc_armed_at(a), module))
			continue;
		stapc_disarm_for_now(a);
	}
	if (all)
		stapc_modules_symbols(module, true);
}

static int stapc_modules_notify(struct notifier_block *block, unsigned long state, void *module)
{
	stapc_modules_lock();
	if (state == MODULE_STATE_COMING)
		stapc_module_comes(module);
	else if (state == MODULE_STATE_GOING || state == MODULE_STATE_LIVE)
		stapc_module_goes(module, state == MODULE_STATE_GOING);
	stapc_modules_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block stapc_modules_block = {
	.notifier_call = stapc_modules_notify,
	.priority = -1,
};

static bool stapc_modules_needed(void)
{
	u32 i;

	for (i = 0; i < stapc_program.probes_count; i++)
		if (stapc_in_module(stapc_program.probes[i].symbol))
			return true;
	for (i = 0; i < stapc_program.symbols_count; i++)
		if (stapc_in_module(stapc_program.symbols[i].name))
			return true;
	return false;
}

int stapc_modules_watch(void)
{
	int error;

	if (!stapc_modules_needed())
		return 0;
	error = register_module_notifier(&stapc_modules_block);
	if (error)
		return error;
	stapc_modules_watched = true;
	stapc_modules_lock();
	stapc_modules_symbols(NULL, false);
	stapc_modules_unlock();
	return 0;
}

void stapc_modules_unwatch(void)
{
	if (!stapc_modules_watched)
		return;
	unregister_module_notifier(&stapc_modules_block);
	stapc_modules_watched = false;
}
