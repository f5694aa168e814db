// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * map.c: the elements of maps: memory, insertion, deletion.
 */
#include <linux/log2.h>
#include <linux/overflow.h>

#include "session.h"

static void stapc_map_free(struct stapc_map *map)
{
	stapc_free(map->elements);
	stapc_free(map->buckets);
	map->elements = NULL;
	map->buckets = NULL;
}

/* A power of two. */
static u32 stapc_map_buckets(u32 capacity)
{
	u64 buckets = roundup_pow_of_two(capacity);
	s32 bias = stapc_program.limits.hash_bias;

	buckets = bias < 0 ? buckets >> -bias : buckets << bias;
	return (u32)clamp_t(u64, buckets, 1, 1u << 30);
}

static int stapc_map_allocate(struct stapc_map *map)
{
	u32 buckets;

	if (!map->capacity || map->capacity > 1u << 28)
		return -EINVAL;
	buckets = stapc_map_buckets(map->capacity);
	map->bucket_mask = buckets - 1;
	map->buckets = stapc_allocate(array_size(buckets, sizeof(*map->buckets)), NUMA_NO_NODE);
	map->elements = stapc_allocate(array_size(map->capacity, map->element_size), NUMA_NO_NODE);
	if (map->buckets && map->elements)
		return 0;
	stapc_map_free(map);
	return -ENOMEM;
}

/* A map's part on each CPU, like the map; and room in the map for all of them beside its own. */
static int stapc_part_map_init(const struct stapc_part_map *parts)
{
	struct stapc_map *map = parts->map;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct stapc_map *part = stapc_part(cpu, parts->offset);
		int error;

		*part = *map;
		error = stapc_map_allocate(part);
		if (error)
			return error;
	}
	if (check_mul_overflow(map->capacity, (u32)num_possible_cpus() + 1, &map->capacity))
		return -ENOMEM;
	return 0;
}

static int stapc_maps_allocate(void)
{
	u32 i;
	int error = 0;

	for (i = 0; i < stapc_program.part_maps_count && !error; i++)
		error = stapc_part_map_init(&stapc_program.part_maps[i]);
	for (i = 0; i < stapc_program.maps_count && !error; i++)
		error = stapc_map_allocate(stapc_program.maps[i]);
	return error;
}

int stapc_maps_init(void)
{
	int error = stapc_maps_allocate();

	if (error)
		stapc_maps_exit();
	return error;
}

void stapc_maps_exit(void)
{
	u32 i;
	int cpu;

	for (i = 0; i < stapc_program.maps_count; i++)
		stapc_map_free(stapc_program.maps[i]);
	for (i = 0; i < stapc_program.part_maps_count; i++) {
		for_each_possible_cpu(cpu)
			stapc_map_free(stapc_part(cpu, stapc_program.part_maps[i].offset));
	}
}

/*
 * Zeroes what is behind the head of an element, which is written whole. Most are a few words: a call to clear
 * them would take longer than clearing them.
 */
static __always_inline void stapc_element_clear(struct stapc_element *element, u32 size)
{
	u64 *word = (u64 *)(element + 1), *end = (u64 *)((char *)element + size);

	if (size > 128) {
		memset(word, 0, (char *)end - (char *)word);
		return;
	}
	while (word < end) {
		*word++ = 0;
		barrier(); /* or the compiler makes memset() of it */
	}
}

/* An element that is in no list, zero behind its head, or NULL. */
static __always_inline struct stapc_element *stapc_map_take(struct stapc_map *map)
{
	struct stapc_element *element = map->free;

	if (unlikely(!element)) {
		if (map->used < map->capacity)
			return (struct stapc_element *)(map->elements + (size_t)map->used++ * map->element_size);
		if (!map->wrap)
			return NULL;
		stapc_map_delete(map, map->oldest);
		element = map->free;
		if (!element)
			return NULL;
	}
	map->free = element->newer;
	stapc_element_clear(element, map->element_size);
	return element;
}

static __always_inline struct stapc_element *stapc_map_link(struct stapc_map *map, u64 hash)
{
	struct stapc_element *element = stapc_map_take(map), *newest = map->newest;
	struct stapc_element **bucket = &map->buckets[(u32)hash & map->bucket_mask];

	if (unlikely(!element))
		return NULL;
	element->hash = hash;
	element->order = ++map->order;
	element->next_in_bucket = *bucket;
	*bucket = element;
	element->older = newest;
	element->newer = NULL;
	if (newest)
		newest->newer = element;
	else
		map->oldest = element;
	map->newest = element;
	map->count++;
	return element;
}

stapc_noinline struct stapc_element *stapc_map_add(struct stapc_map *map, u64 hash)
{
	return stapc_map_link(map, hash);
}

stapc_noinline struct stapc_element *stapc_map_insert(struct stapc_cpu *c, struct stapc_map *map, u64 hash,
						      u32 site)
{
	struct stapc_element *element = stapc_map_link(map, hash);

	if (unlikely(!element))
		stapc_fault(c, STAPC_FAULT_MAP_FULL, 0, site);
	return element;
}

static void stapc_map_unlink(struct stapc_map *map, struct stapc_element *element)
{
	struct stapc_element **link = &map->buckets[(u32)element->hash & map->bucket_mask];

	while (*link != element)
		link = &(*link)->next_in_bucket;
	*link = element->next_in_bucket;
	if (element->older)
		element->older->newer = element->newer;
	else
		map->oldest = element->newer;
	if (element->newer)
		element->newer->older = element->older;
	else
		map->newest = element->older;
}

stapc_noinline void stapc_map_delete(struct stapc_map *map, struct stapc_element *element)
{
	if (!element)
		return;
	stapc_map_unlink(map, element);
	element->order = 0;
	element->newer = map->free;
	map->free = element;
	map->count--;
}

stapc_noinline void stapc_map_clear(struct stapc_map *map)
{
	while (map->newest)
		stapc_map_delete(map, map->newest);
}
