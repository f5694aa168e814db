/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * part.h: per-CPU globals: what many handlers only add to, and only begin, end
 * and error points do anything else with.
 *
 * Each CPU has a part of its own, which its handlers add to without a lock. The
 * points that run alone merge the parts into the global before they use it:
 *
 *     struct parts {
 *             s64 n;
 *             struct { struct stapc_stat stat; s64 buckets[STAPC_HISTOGRAM_LOG_BUCKETS]; } sizes;
 *             struct stapc_map reads;
 *     };
 *
 *     static inline struct parts *parts(struct stapc_cpu *c)
 *     {
 *             return stapc_parts(c);
 *     }
 *
 *     parts(c)->n = stapc_add(parts(c)->n, 1);
 *     ...
 *     stapc_merge_integer(offsetof(struct parts, n), &n.value);
 *
 * A part of a map has as much room as the script gives the map; and the map has
 * room for all of its parts.
 */
#ifndef STAPC_PART_H
#define STAPC_PART_H

/* A map that has parts, and where they are in each CPU's. */
struct stapc_part_map {
	u32 offset;
	struct stapc_map *map;
};

/* This CPU's parts: stapc_program.parts_bytes behind its context, zeroed. */
static __always_inline void *stapc_parts(struct stapc_cpu *c)
{
	return c + 1;
}

/*
 * Each adds every CPU's part, which lies at the offset in its parts, and leaves
 * them empty. Nothing else may run. An aggregate's buckets lie behind it.
 */
void stapc_merge_integer(u32 offset, s64 *to);
void stapc_merge_stat(u32 offset, struct stapc_stat *to, u32 buckets);
void stapc_merge_map(u32 offset, struct stapc_map *to);

#endif /* STAPC_PART_H */
