// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * iterate.c: the order of a foreach loop.
 *
 * A heap of the `limit` first elements, the last of them at its root, gives the
 * order in n log(limit) comparisons without further memory. No two elements
 * are equal, since their order of insertion decides in the end.
 */
#include "session.h"

static s64 stapc_stat_figure(const struct stapc_stat *stat, enum stapc_sort_by by)
{
	switch (by) {
	case STAPC_SORT_SUM:
		return stat->sum;
	case STAPC_SORT_MIN:
		return stat->min;
	case STAPC_SORT_MAX:
		return stat->max;
	case STAPC_SORT_AVG:
		return stat->count ? stat->sum / stat->count : 0;
	default:
		return stat->count;
	}
}

static int stapc_compare_s64(s64 a, s64 b)
{
	return a < b ? -1 : a > b;
}

static int stapc_compare_fields(const struct stapc_element *a, const struct stapc_element *b,
				const struct stapc_field *field, enum stapc_sort_by by)
{
	const void *left = (const char *)a + field->offset, *right = (const char *)b + field->offset;

	switch (field->kind) {
	case STAPC_STRING:
		return stapc_str_compare(left, right);
	case STAPC_STAT:
		return stapc_compare_s64(stapc_stat_figure(left, by), stapc_stat_figure(right, by));
	default:
		return stapc_compare_s64(*(const s64 *)left, *(const s64 *)right);
	}
}

/* Whether `a` comes before `b`. */
static bool stapc_before(const struct stapc_map *map, const struct stapc_sort *sort,
			 const struct stapc_element *a, const struct stapc_element *b)
{
	const struct stapc_field *field = sort->by == STAPC_SORT_KEY ? &map->keys[sort->key] : &map->value;
	int order = 0;

	if (sort->by != STAPC_SORT_NONE)
		order = stapc_compare_fields(a, b, field, sort->by);
	if (order)
		return sort->descending ? order > 0 : order < 0;
	return a->order < b->order;
}

/* Restores the heap under `at`, whose element may come before its children. */
static void stapc_sift(const struct stapc_map *map, const struct stapc_sort *sort, struct stapc_element **heap,
		       u32 count, u32 at)
{
	struct stapc_element *element = heap[at];

	for (;;) {
		u32 child = 2 * at + 1;

		if (child >= count)
			break;
		if (child + 1 < count && stapc_before(map, sort, heap[child], heap[child + 1]))
			child++;
		if (!stapc_before(map, sort, element, heap[child]))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = element;
}

/* heap[0..count]: the first `count` elements in order. */
static void stapc_select(const struct stapc_map *map, const struct stapc_sort *sort, struct stapc_element **heap,
			 u32 count)
{
	struct stapc_element *element = map->oldest;
	u32 i;

	for (i = 0; i < count; i++, element = element->newer)
		heap[i] = element;
	if (sort->by == STAPC_SORT_NONE)
		return;
	for (i = count / 2; i-- > 0;)
		stapc_sift(map, sort, heap, count, i);
	for (; element; element = element->newer) {
		if (!stapc_before(map, sort, element, heap[0]))
			continue;
		heap[0] = element;
		stapc_sift(map, sort, heap, count, 0);
	}
	for (i = count; i-- > 1;) {
		swap(heap[0], heap[i]);
		stapc_sift(map, sort, heap, i, 0);
	}
}

stapc_noinline bool stapc_iterate_begin(struct stapc_cpu *c, struct stapc_iterator *it, struct stapc_map *map,
					const struct stapc_sort *sort, s64 limit, u32 site)
{
	u32 count = limit <= 0 ? 0 : min_t(s64, limit, map->count);

	if (unlikely(count > c->iterate_size - c->iterate_used)) {
		stapc_fault(c, STAPC_FAULT_ITERATE, 0, site);
		return false;
	}
	it->elements = c->iterate + c->iterate_used;
	it->at = 0;
	it->count = count;
	it->iterate_used = c->iterate_used;
	it->order = map->order;
	c->iterate_used += count;
	if (count)
		stapc_select(map, sort, it->elements, count);
	return true;
}
