// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bulk.c: many places in functions, armed and disarmed together.
 *
 * Whenever a user of ftrace comes or goes, the kernel looks at all the functions that it knows, and waits until every
 * task has left the code that changes. So a few entries of functions are users of their own, whose handlers ftrace
 * calls itself; of more all share one, which finds the handlers of a function by its address.
 *
 * Kprobes are disarmed with one grace period for all.
 */
#include <linux/hash.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "arm.h"

/* So many entries are worth a detour at each hit. */
#define STAPC_BULK_LEAST 6

struct stapc_bulk_entry {
	unsigned long ip; /* where ftrace's call is; 0 behind the last */
	struct stapc_attachment *a;
};

#if defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) && defined(STAPC_HAS_FTRACE_FILTER_IPS)
struct stapc_bulk {
	struct ftrace_ops ops;
	/* By address, and those of one address in the order of the probes. NULL: they are armed one by one. */
	struct stapc_bulk_entry *entries;
	u32 count;
	/* A hash table of addresses: the number of the first entry of each, from 1. */
	u32 *slots;
	u32 bits;
	bool armed;
};

/* What is always armed, then what is by each condition. */
static struct stapc_bulk *stapc_bulks;

static u32 stapc_bulk_next(const struct stapc_bulk *bulk, u32 slot)
{
	return (slot + 1) & ((1u << bulk->bits) - 1);
}

static void stapc_bulk_hit(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	const struct stapc_bulk *bulk = container_of(ops, struct stapc_bulk, ops);
	u32 slot = hash_long(ip, bulk->bits), number;
	const struct stapc_bulk_entry *entry;

	for (;; slot = stapc_bulk_next(bulk, slot)) {
		number = bulk->slots[slot];
		if (unlikely(!number))
			return;
		entry = &bulk->entries[number - 1];
		if (likely(entry->ip == ip))
			break;
	}
	do {
		entry->a->probe->entry(ip, parent, stapc_ops(&entry->a->probe), fregs);
	} while (unlikely((++entry)->ip == ip));
}

/* An entry that ftrace may call for, and that nothing else is to be armed beside. */
static bool stapc_is_bulk(const struct stapc_attachment *a, u32 condition)
{
	const struct stapc_probe *probe = a->probe;

	return probe->kind == STAPC_FUNCTION && probe->symbol && !probe->path && !probe->all_registers &&
	       !probe->with_return && !stapc_in_module(probe->symbol) && a->how == STAPC_NOT_ARMED &&
	       probe->condition == condition;
}

static u32 stapc_bulk_wanted(u32 condition)
{
	u32 i, count = 0;

	for (i = 0; i < stapc_program.probes_count; i++)
		count += stapc_is_bulk(&stapc_attachments[i], condition);
	return count;
}

/* Several functions may have one name. */
struct stapc_bulk_names {
	u32 condition;
	struct kprobe *places;
	struct stapc_attachment **of;
	struct stapc_attachment *a;
	u32 count, room;
};

static int stapc_bulk_name(void *data, unsigned long address)
{
	struct stapc_bulk_names *names = data;

	if (names->count == names->room)
		return -ENOSPC;
	names->of[names->count] = names->a;
	names->places[names->count++].addr = (kprobe_opcode_t *)address;
	return 0;
}

static void stapc_bulk_collect(struct stapc_bulk_names *names)
{
	u32 i;

	for (i = 0; i < stapc_program.probes_count && names->count < names->room; i++) {
		const struct stapc_probe *probe = &stapc_program.probes[i];

		names->a = &stapc_attachments[i];
		if (!stapc_is_bulk(names->a, names->condition) ||
		    (!probe->offset && stapc_symbol_each(probe->symbol, stapc_bulk_name, names)))
			continue;
		names->of[names->count] = names->a;
		names->places[names->count].symbol_name = probe->symbol;
		names->places[names->count++].offset = probe->offset;
	}
}

static int stapc_bulk_hit_none(struct kprobe *kprobe, struct pt_regs *regs)
{
	return 0;
}

/*
 * The places' addresses, where ftrace knows them: a kprobe that is registered, and never armed, finds what the symbol
 * is and whether ftrace has a call there. What it does not find is armed, or refused, one by one.
 */
static void stapc_bulk_find(struct stapc_bulk *bulk, struct stapc_bulk_names *names, struct kprobe **registered)
{
	u32 i, count = 0;

	for (i = 0; i < names->count; i++) {
		struct kprobe *place = &names->places[i];

		place->pre_handler = stapc_bulk_hit_none;
		place->flags = KPROBE_FLAG_DISABLED;
		if (register_kprobe(place))
			continue;
		registered[count++] = place;
		if (!(place->flags & KPROBE_FLAG_FTRACE)) {
			names->of[i]->untraced = true;
			continue;
		}
		bulk->entries[bulk->count].ip = (unsigned long)place->addr;
		bulk->entries[bulk->count++].a = names->of[i];
	}
	unregister_kprobes(registered, count);
}

static int stapc_bulk_compare(const void *a, const void *b)
{
	const struct stapc_bulk_entry *one = a, *other = b;

	if (one->ip != other->ip)
		return one->ip < other->ip ? -1 : 1;
	return one->a < other->a ? -1 : one->a > other->a;
}

/* Fills the table; the addresses, each once, in `ips`. How many they are. */
static u32 stapc_bulk_index(struct stapc_bulk *bulk, unsigned long *ips)
{
	u32 i, slot, count = 0;

	sort(bulk->entries, bulk->count, sizeof(*bulk->entries), stapc_bulk_compare, NULL);
	for (i = 0; i < bulk->count; i++) {
		unsigned long ip = bulk->entries[i].ip;

		if (count && ips[count - 1] == ip)
			continue;
		ips[count++] = ip;
		slot = hash_long(ip, bulk->bits);
		while (bulk->slots[slot])
			slot = stapc_bulk_next(bulk, slot);
		bulk->slots[slot] = i + 1;
	}
	return count;
}

static int stapc_bulk_register(struct stapc_bulk *bulk, u32 condition, unsigned long *ips)
{
	u32 i, count = stapc_bulk_index(bulk, ips);
	bool armed = stapc_condition_holds(condition);
	int error;

	bulk->ops.func = stapc_bulk_hit;
	error = ftrace_set_filter_ips(&bulk->ops, ips, count, 0, 1);
	if (!error && armed)
		error = register_ftrace_function(&bulk->ops);
	if (error) {
		ftrace_free_filter(&bulk->ops);
		return error;
	}
	bulk->armed = armed;
	for (i = 0; i < bulk->count; i++)
		bulk->entries[i].a->how = STAPC_BY_BULK;
	return 0;
}

static void stapc_bulk_free(struct stapc_bulk *bulk)
{
	stapc_free(bulk->entries);
	stapc_free(bulk->slots);
	memset(bulk, 0, sizeof(*bulk));
}

static void stapc_bulk_arm_by(struct stapc_bulk *bulk, u32 condition)
{
	u32 wanted = stapc_bulk_wanted(condition), room = wanted + wanted / 4;
	struct stapc_bulk_names names = { .condition = condition, .room = room };
	struct kprobe **registered;
	unsigned long *ips;
	int error = -ENOMEM;

	if (wanted < STAPC_BULK_LEAST)
		return;
	bulk->bits = order_base_2(2 * room);
	bulk->entries = stapc_allocate(array_size(room + 1, sizeof(*bulk->entries)), NUMA_NO_NODE);
	bulk->slots = stapc_allocate(array_size(1ul << bulk->bits, sizeof(*bulk->slots)), NUMA_NO_NODE);
	names.places = stapc_allocate(array_size(room, sizeof(*names.places)), NUMA_NO_NODE);
	names.of = stapc_allocate(array_size(room, sizeof(*names.of)), NUMA_NO_NODE);
	registered = stapc_allocate(array_size(room, sizeof(*registered)), NUMA_NO_NODE);
	ips = stapc_allocate(array_size(room, sizeof(*ips)), NUMA_NO_NODE);
	if (bulk->entries && bulk->slots && names.places && names.of && registered && ips) {
		stapc_bulk_collect(&names);
		stapc_bulk_find(bulk, &names, registered);
		error = bulk->count ? stapc_bulk_register(bulk, condition, ips) : -ENOENT;
	}
	stapc_free(names.places);
	stapc_free(names.of);
	stapc_free(registered);
	stapc_free(ips);
	if (error)
		stapc_bulk_free(bulk);
}

void stapc_bulk_arm(void)
{
	u32 i;

	stapc_bulks = stapc_allocate(array_size(stapc_program.conditions_count + 1, sizeof(*stapc_bulks)), NUMA_NO_NODE);
	/* Without memory they are armed one by one. */
	for (i = 0; stapc_bulks && i <= stapc_program.conditions_count; i++)
		stapc_bulk_arm_by(&stapc_bulks[i], i);
}

void stapc_bulk_follow(void)
{
	u32 i;

	for (i = 1; stapc_bulks && i <= stapc_program.conditions_count; i++) {
		struct stapc_bulk *bulk = &stapc_bulks[i];
		int error;

		if (!bulk->entries || bulk->armed == stapc_condition_holds(i))
			continue;
		error = bulk->armed ? unregister_ftrace_function(&bulk->ops) : register_ftrace_function(&bulk->ops);
		if (!error)
			bulk->armed = !bulk->armed;
		else
			stapc_session_warn("WARNING: cannot probe %s and others again: registration failed (error %d)",
					   bulk->entries[0].a->probe->point, error);
	}
}

void stapc_bulk_disarm(void)
{
	u32 i;

	for (i = 0; stapc_bulks && i <= stapc_program.conditions_count; i++) {
		if (!stapc_bulks[i].entries)
			continue;
		if (stapc_bulks[i].armed)
			unregister_ftrace_function(&stapc_bulks[i].ops);
		ftrace_free_filter(&stapc_bulks[i].ops);
		stapc_bulk_free(&stapc_bulks[i]);
	}
	stapc_free(stapc_bulks);
	stapc_bulks = NULL;
}
#else
void stapc_bulk_arm(void)
{
}

void stapc_bulk_follow(void)
{
}

void stapc_bulk_disarm(void)
{
}
#endif

/* Each kprobe with the one at its side behind it, or the other would become a jump in between. */
static u32 stapc_bulk_kprobes(struct kprobe **kprobes)
{
	u32 i, count = 0;

	for (i = 0; i < stapc_program.probes_count; i++) {
		struct stapc_attachment *a = &stapc_attachments[i];

		if (a->how != STAPC_BY_KPROBE)
			continue;
		kprobes[count++] = &a->kprobe;
		if (a->helper.addr)
			kprobes[count++] = &a->helper;
		a->how = STAPC_NOT_ARMED;
	}
	return count;
}

static u32 stapc_bulk_kretprobes(struct kretprobe **kretprobes)
{
	u32 i, count = 0;

	for (i = 0; i < stapc_program.probes_count; i++) {
		struct stapc_attachment *a = &stapc_attachments[i];

		/* Those in modules go one by one: see stapc_disarm_kretprobe(). */
		if (a->how != STAPC_BY_KRETPROBE || a->helper.addr)
			continue;
		kretprobes[count++] = &a->kretprobe;
		a->how = STAPC_NOT_ARMED;
	}
	return count;
}

void stapc_bulk_disarm_kprobes(void)
{
	void **list = stapc_allocate(array_size(stapc_program.probes_count, 2 * sizeof(*list)), NUMA_NO_NODE);

	/* Without memory they are disarmed one by one. */
	if (!list)
		return;
	unregister_kretprobes((struct kretprobe **)list, stapc_bulk_kretprobes((struct kretprobe **)list));
	unregister_kprobes((struct kprobe **)list, stapc_bulk_kprobes((struct kprobe **)list));
	stapc_free(list);
}
