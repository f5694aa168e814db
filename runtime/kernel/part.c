// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * part.c: merges and collects the parts of per-CPU globals.
 */
#include "session.h"

void *stapc_part(int cpu, u32 offset)
{
	return (char *)stapc_parts(per_cpu(stapc_this_cpu_context, cpu)) + offset;
}

void stapc_merge_integer(u32 offset, s64 *to)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		s64 *part = stapc_part(cpu, offset);

		*to = stapc_add(*to, *part);
		*part = 0;
	}
}

static void stapc_stat_merge(struct stapc_stat *to, struct stapc_stat *part, u32 buckets)
{
	s64 *into = (s64 *)(to + 1), *from = (s64 *)(part + 1);
	u32 i;

	if (!part->count)
		return;
	to->min = to->count ? min(to->min, part->min) : part->min;
	to->max = to->count ? max(to->max, part->max) : part->max;
	to->count += part->count;
	to->sum = stapc_add(to->sum, part->sum);
	stapc_stat_add_squares(to, (unsigned __int128)part->squares[1] << 64 | part->squares[0]);
	for (i = 0; i < buckets; i++)
		into[i] += from[i];
}

void stapc_merge_stat(u32 offset, struct stapc_stat *to, u32 buckets)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct stapc_stat *part = stapc_part(cpu, offset);

		stapc_stat_merge(to, part, buckets);
		memset(part, 0, sizeof(*part) + buckets * sizeof(s64));
	}
}

static bool stapc_same_keys(const struct stapc_map *map, const struct stapc_element *a,
			    const struct stapc_element *b)
{
	u32 i;

	if (a->hash != b->hash)
		return false;
	for (i = 0; i < map->keys_count; i++) {
		const void *left = (const char *)a + map->keys[i].offset;
		const void *right = (const char *)b + map->keys[i].offset;
		bool same = map->keys[i].kind == STAPC_STRING ? stapc_str_equal(left, right) :
								*(const s64 *)left == *(const s64 *)right;

		if (!same)
			return false;
	}
	return true;
}

/* Adds an element of a part. False if it would be one more than there may be. */
static bool stapc_element_merge(struct stapc_map *to, struct stapc_element *part, u32 most)
{
	struct stapc_element *element = stapc_map_first(to, part->hash);
	u32 value = to->value.offset;

	while (element && !stapc_same_keys(to, element, part))
		element = element->next_in_bucket;
	if (!element) {
		element = to->count < most ? stapc_map_add(to, part->hash) : NULL;
		if (!element)
			return false;
		memcpy(element + 1, part + 1, to->element_size - sizeof(*element));
	} else if (to->value.kind == STAPC_STAT) {
		u32 buckets = (to->element_size - value - sizeof(struct stapc_stat)) / sizeof(s64);

		stapc_stat_merge((void *)((char *)element + value), (void *)((char *)part + value), buckets);
	} else {
		s64 *sum = (void *)((char *)element + value);

		*sum = stapc_add(*sum, *(s64 *)((char *)part + value));
	}
	return true;
}

void stapc_merge_map(u32 offset, struct stapc_map *to)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct stapc_map *part = stapc_part(cpu, offset);
		struct stapc_element *element;

		for (element = part->oldest; element; element = element->newer)
			stapc_element_merge(to, element, to->capacity);
		stapc_map_clear(part);
	}
}

bool stapc_collect_map(struct stapc_cpu *c, u32 offset, struct stapc_map *to, u32 site)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct stapc_map *part = stapc_part(cpu, offset);

		while (part->oldest) {
			if (!stapc_element_merge(to, part->oldest, part->capacity)) {
				stapc_fault(c, STAPC_FAULT_MAP_FULL, 0, site);
				return false;
			}
			stapc_map_delete(part, part->oldest);
		}
	}
	return true;
}
