/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * part.h: per-CPU globals: what many handlers only add to, and only timers and
 * begin, end and error points do anything else with.
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
 * room for all of its parts and as much of its own.
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
 * A timer collects the parts while nothing adds to them: handlers that do,
 * which enter by stapc_enter_adding(), wait for it, and it for them. That takes
 * a barrier for each of their hits, and no lock.
 *
 *     if (unlikely(!stapc_parts_take(c)))
 *             goto leave;
 *     ... locks, each given back with the parts if it is not to be had ...
 *     stapc_merge_integer(offsetof(struct parts, n), &n.value);
 *     if (unlikely(!stapc_collect_map(c, offsetof(struct parts, reads), &reads, site))) { ... }
 *     stapc_parts_give();
 *
 * Parts are taken before any lock: a handler that adds may wait for one.
 */
bool __must_check stapc_parts_take(struct stapc_cpu *c);
void stapc_parts_give(void);

/*
 * As stapc_merge_map(), but the map may have no more elements than a part: a
 * fault if there are more, which stay where they are.
 */
bool __must_check stapc_collect_map(struct stapc_cpu *c, u32 offset, struct stapc_map *to, u32 site);

/*
 * Each adds every CPU's part, which lies at the offset in its parts, and leaves
 * them empty. Nothing else may run. An aggregate's buckets lie behind it.
 */
void stapc_merge_integer(u32 offset, s64 *to);
void stapc_merge_stat(u32 offset, struct stapc_stat *to, u32 buckets);
void stapc_merge_map(u32 offset, struct stapc_map *to);

#endif /* STAPC_PART_H */
