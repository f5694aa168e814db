// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the compiler emits, written by hand, for:
 *
 *     global n, reads, sizes
 *     probe kernel.function("vfs_read") { n++; reads[execname(), pid()]++; sizes <<< $count }
 *     probe timer.s(10) { exit() }
 *     probe end {
 *             foreach ([name, id] in reads-) printf("%s(%d) %d\n", name, id, reads[name, id])
 *             printf("%d reads, %d bytes on average\n", n, @avg(sizes))
 *             print(@hist_log(sizes))
 *     }
 */
#include "stapc.h"

static const struct stapc_site sites[] = {
	{ "identifier 'reads'", "reads.stp:2:45" },
	{ "identifier 'sizes'", "reads.stp:6:64" },
	{ "identifier 'sizes'", "reads.stp:7:15" },
	{ "keyword 'foreach'", "reads.stp:5:9" },
};

static const struct stapc_probe probes[];

/* global n */
static struct {
	struct stapc_lock lock;
	s64 value;
} n;

/* global sizes */
static struct {
	struct stapc_lock lock;
	struct stapc_stat stat;
	s64 buckets[STAPC_HISTOGRAM_LOG_BUCKETS];
} sizes;
static const struct stapc_histogram sizes_histogram = STAPC_HISTOGRAM_LOG;

/* global reads */
struct reads_element {
	struct stapc_element element;
	struct stapc_str key_0;
	s64 key_1;
	s64 value;
};

static const struct stapc_field reads_keys[] = {
	STAPC_FIELD_OF(struct reads_element, key_0, STAPC_STRING),
	STAPC_FIELD_OF(struct reads_element, key_1, STAPC_INTEGER),
};

static struct stapc_map reads = STAPC_MAP(struct reads_element, reads_keys, 2048,
					  STAPC_FIELD_OF(struct reads_element, value, STAPC_INTEGER));

static inline u64 reads_hash(const struct stapc_str *key_0, s64 key_1)
{
	return stapc_hash_integer(stapc_hash_str(STAPC_HASH_SEED, key_0), key_1);
}

static inline struct reads_element *reads_find(u64 hash, const struct stapc_str *key_0, s64 key_1)
{
	struct stapc_element *e;

	for (e = stapc_map_first(&reads, hash); e; e = e->next_in_bucket) {
		struct reads_element *element = (struct reads_element *)e;

		if (e->hash == hash && stapc_str_equal(&element->key_0, key_0) && element->key_1 == key_1)
			return element;
	}
	return NULL;
}

static inline struct reads_element *reads_get(struct stapc_cpu *c, const struct stapc_str *key_0, s64 key_1,
					      u32 site)
{
	u64 hash = reads_hash(key_0, key_1);
	struct reads_element *element = reads_find(hash, key_0, key_1);

	if (likely(element))
		return element;
	element = (struct reads_element *)stapc_map_insert(c, &reads, hash, site);
	if (unlikely(!element))
		return NULL;
	stapc_str_copy(&element->key_0, key_0);
	element->key_1 = key_1;
	return element;
}

/* probe kernel.function("vfs_read") */
static void probe_0(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	const struct stapc_regs *regs = stapc_regs(fregs);
	struct stapc_cpu *c = stapc_enter(&probes[0]);
	struct stapc_str *name;
	struct reads_element *element;
	s64 count;

	if (unlikely(!c))
		return;
	name = (struct stapc_str *)c->frames;
	if (unlikely(!stapc_write_lock(c, &n.lock)))
		goto leave;
	if (unlikely(!stapc_write_lock(c, &reads.lock)))
		goto unlock_n;
	if (unlikely(!stapc_write_lock(c, &sizes.lock)))
		goto unlock_reads;

	n.value = stapc_add(n.value, 1);

	stapc_execname(name);
	element = reads_get(c, name, stapc_pid(), 0);
	if (unlikely(!element))
		goto unlock_sizes;
	element->value = stapc_add(element->value, 1);

	count = stapc_arg_2(regs);
	stapc_stat_add(&sizes.stat, count, STAPC_STAT_SUM);
	stapc_histogram_log_add(sizes.buckets, count);

unlock_sizes:
	stapc_write_unlock(&sizes.lock);
unlock_reads:
	stapc_write_unlock(&reads.lock);
unlock_n:
	stapc_write_unlock(&n.lock);
leave:
	stapc_leave(c);
}

/* probe timer.s(10) */
static void probe_1(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct stapc_cpu *c = stapc_enter(&probes[1]);

	if (unlikely(!c))
		return;
	stapc_exit(c);
	stapc_leave(c);
}

/* probe end */
static void probe_2(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	static const struct stapc_sort by_value = { .by = STAPC_SORT_VALUE, .descending = true };
	struct stapc_cpu *c = stapc_enter_session(&probes[2]);
	struct stapc_iterator it;
	struct stapc_element *e;
	s64 average;

	if (unlikely(!stapc_read_lock(c, &n.lock)))
		goto leave;
	if (unlikely(!stapc_read_lock(c, &reads.lock)))
		goto unlock_n;
	if (unlikely(!stapc_read_lock(c, &sizes.lock)))
		goto unlock_reads;

	if (unlikely(!stapc_iterate_begin(c, &it, &reads, &by_value, STAPC_NO_LIMIT, 3)))
		goto unlock_sizes;
	while ((e = stapc_iterate_next(&it))) {
		struct reads_element *element = (struct reads_element *)e;

		stapc_print_str(c, &element->key_0);
		stapc_print_literal(c, "(", 1);
		stapc_print_s64(c, element->key_1);
		stapc_print_literal(c, ") ", 2);
		stapc_print_s64(c, element->value);
		stapc_print_literal(c, "\n", 1);
	}
	stapc_iterate_end(c, &it);

	if (unlikely(!stapc_stat_avg(c, &sizes.stat, &average, 1)))
		goto unlock_sizes;
	stapc_print_s64(c, n.value);
	stapc_print_literal(c, " reads, ", 8);
	stapc_print_s64(c, average);
	stapc_print_literal(c, " bytes on average\n", 18);
	if (unlikely(!stapc_print_histogram(c, &sizes_histogram, sizes.stat.count ? sizes.buckets : NULL, 2)))
		goto unlock_sizes;

unlock_sizes:
	stapc_read_unlock(&sizes.lock);
unlock_reads:
	stapc_read_unlock(&reads.lock);
unlock_n:
	stapc_read_unlock(&n.lock);
leave:
	stapc_leave_session(c);
}

static const struct stapc_probe probes[] = {
	{ .kind = STAPC_FUNCTION, .entry = probe_0, .symbol = "vfs_read", .point = "kernel.function(\"vfs_read\")" },
	{ .kind = STAPC_TIMER, .entry = probe_1, .interval_ns = 10000000000, .point = "timer.s(10)" },
	{ .kind = STAPC_END, .entry = probe_2, .point = "end" },
};

static struct stapc_map *const maps[] = { &reads };

const struct stapc_program stapc_program = {
	.abi = STAPC_ABI,
	.probes = probes,
	.probes_count = ARRAY_SIZE(probes),
	.maps = maps,
	.maps_count = ARRAY_SIZE(maps),
	.sites = sites,
	.sites_count = ARRAY_SIZE(sites),
	.string_max = STAPC_STR_MAX,
	.frame_bytes = sizeof(struct stapc_str),
	.session_iterate_elements = 2048,
	.max_errors = 0,
	.max_skipped = 100,
	.limits = STAPC_LIMITS,
};
