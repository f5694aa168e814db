/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * map.h: arrays with keys. Hash tables of a fixed number of elements, allocated
 * when the module is loaded from the description in stapc_program.maps.
 *
 * The program declares the element, beginning with struct stapc_element, and
 * the search over its keys, from the pieces here:
 *
 *     struct reads_element {
 *             struct stapc_element element;
 *             s64 key_0;
 *             struct stapc_str key_1;
 *             s64 value;
 *     };
 *
 *     static const struct stapc_field reads_keys[] = {
 *             STAPC_FIELD_OF(struct reads_element, key_0, STAPC_INTEGER),
 *             STAPC_FIELD_OF(struct reads_element, key_1, STAPC_STRING),
 *     };
 *
 *     static struct stapc_map reads = STAPC_MAP(struct reads_element, reads_keys, 2048,
 *             STAPC_FIELD_OF(struct reads_element, value, STAPC_INTEGER));
 *
 *     static inline struct reads_element *reads_find(u64 hash, s64 key_0, const struct stapc_str *key_1)
 *     {
 *             struct stapc_element *e;
 *
 *             for (e = stapc_map_first(&reads, hash); e; e = e->next_in_bucket) {
 *                     struct reads_element *r = (struct reads_element *)e;
 *
 *                     if (e->hash == hash && r->key_0 == key_0 && stapc_str_equal(&r->key_1, key_1))
 *                             return r;
 *             }
 *             return NULL;
 *     }
 *
 *     hash = stapc_hash_str(stapc_hash_integer(STAPC_HASH_SEED, key_0), key_1);
 *     r = reads_find(hash, key_0, key_1);
 *     if (!r) {
 *             r = (struct reads_element *)stapc_map_insert(c, &reads, hash, site);
 *             if (unlikely(!r))
 *                     goto fault_2;
 *             r->key_0 = key_0;
 *             stapc_str_copy(&r->key_1, key_1);
 *     }
 *
 * A new element's bytes behind struct stapc_element are zero, but for the texts
 * of its strings: a zero value, an empty aggregate, and strings of length 0
 * whose first word is zero.
 *
 * All of it under the map's lock: searches and foreach with at least read, the
 * rest with write.
 */
#ifndef STAPC_MAP_H
#define STAPC_MAP_H

enum stapc_kind {
	STAPC_INTEGER, /* s64 */
	STAPC_STRING, /* struct stapc_str */
	STAPC_STAT, /* struct stapc_stat, its buckets behind it */
};

/* Where something lies in an element. */
struct stapc_field {
	u32 offset;
	u8 kind; /* enum stapc_kind */
};

#define STAPC_FIELD_OF(type, member, kind_) { .offset = offsetof(type, member), .kind = (kind_) }

struct stapc_element {
	struct stapc_element *next_in_bucket;
	struct stapc_element *older; /* NULL: the oldest */
	struct stapc_element *newer; /* NULL: the newest; if free: the next free one */
	u64 hash;
	u64 order; /* of insertion, from 1; 0: not in use */
};

struct stapc_map {
	struct stapc_lock lock;
	/* Set by the runtime. */
	u32 bucket_mask;
	struct stapc_element **buckets;
	u32 count;
	u32 used; /* elements of `elements` that were ever in use */
	struct stapc_element *free;
	struct stapc_element *oldest;
	struct stapc_element *newest;
	u64 order;
	char *elements;
	/* Set by the program, with STAPC_MAP or STAPC_MAP_WRAP. */
	u32 capacity; /* elements */
	u32 element_size; /* bytes */
	bool wrap; /* full: the oldest element gives way */
	u8 keys_count;
	const struct stapc_field *keys;
	struct stapc_field value;
};

#define STAPC_MAP_OF(type, keys_, capacity_, wrap_, ...)                                          \
	{                                                                                         \
		.capacity = (capacity_), .element_size = sizeof(type), .wrap = (wrap_),           \
		.keys_count = ARRAY_SIZE(keys_), .keys = (keys_), .value = __VA_ARGS__            \
	}
#define STAPC_MAP(type, keys_, capacity_, ...) STAPC_MAP_OF(type, keys_, capacity_, false, __VA_ARGS__)
#define STAPC_MAP_WRAP(type, keys_, capacity_, ...) STAPC_MAP_OF(type, keys_, capacity_, true, __VA_ARGS__)

/*
 * Hashing: a multiplication for each word of key. The top bits are the good
 * ones, and choose the bucket.
 */
#define STAPC_HASH_SEED 0x243f6a8885a308d3ull
#define STAPC_HASH_MULTIPLIER 0x9e3779b97f4a7c15ull

static __always_inline u64 stapc_hash_word(u64 hash, u64 word)
{
	hash = (hash ^ word) * STAPC_HASH_MULTIPLIER;
	return hash ^ hash >> 32;
}

static __always_inline u64 stapc_hash_integer(u64 hash, s64 key)
{
	return stapc_hash_word(hash, (u64)key);
}

static __always_inline u64 stapc_hash_str(u64 hash, const struct stapc_str *key)
{
	const stapc_word *words = stapc_str_word(key);
	u32 i, count = stapc_str_words(key);

	for (i = 0; i < count; i++)
		hash = stapc_hash_word(hash, words[i]);
	return hash;
}

/* The first element in the hash's bucket; go on with ->next_in_bucket. */
static __always_inline struct stapc_element *stapc_map_first(const struct stapc_map *map, u64 hash)
{
	return map->buckets[(u32)hash & map->bucket_mask];
}

/*
 * A new element for a key that is not there, for the caller to write the key.
 * NULL and a fault if the map is full; with `wrap` the oldest element is
 * deleted instead.
 */
struct stapc_element *stapc_map_insert(struct stapc_cpu *c, struct stapc_map *map, u64 hash, u32 site);

/* The same without a fault. */
struct stapc_element *stapc_map_add(struct stapc_map *map, u64 hash);

/* delete m[key]: `element` is NULL or in the map. */
void stapc_map_delete(struct stapc_map *map, struct stapc_element *element);

/* delete m. Takes time in proportion to the elements in use. */
void stapc_map_clear(struct stapc_map *map);

/*
 * foreach. The elements are listed, sorted and cut to the limit at the start,
 * in memory of the CPU (stapc_program.iterate_elements); so the body may change
 * the map: deleted elements are passed over, new ones are not seen.
 *
 *     struct stapc_iterator it;
 *     struct stapc_element *e;
 *
 *     if (unlikely(!stapc_iterate_begin(c, &it, &reads, &order, limit, site)))
 *             goto fault_3;
 *     while ((e = stapc_iterate_next(&it))) { ... }
 *     stapc_iterate_end(c, &it);
 *
 * Loops end in the reverse order of their beginning. What leaves the handler
 * need not end them. Where a fault has left loops and control goes on, they are
 * ended at once: c->iterate_used = stapc_iterate_used(the loop that goes on).
 */
enum stapc_sort_by {
	STAPC_SORT_NONE, /* in the order of insertion */
	STAPC_SORT_KEY,
	STAPC_SORT_VALUE, /* of an aggregate: its count */
	STAPC_SORT_COUNT,
	STAPC_SORT_SUM,
	STAPC_SORT_MIN,
	STAPC_SORT_MAX,
	STAPC_SORT_AVG,
};

/* Equal elements keep the order of insertion. */
struct stapc_sort {
	u8 by; /* enum stapc_sort_by */
	u8 key; /* which, from 0 */
	bool descending;
};

struct stapc_iterator {
	struct stapc_element **elements;
	u32 at;
	u32 count;
	u32 iterate_used; /* of the context before the loop */
	u64 order; /* of the map's newest element before the loop */
};

#define STAPC_NO_LIMIT 0x7fffffffffffffffll

/* A limit <= 0 means no turn at all. A fault only if the memory is used up. */
bool __must_check stapc_iterate_begin(struct stapc_cpu *c, struct stapc_iterator *it,
				      struct stapc_map *map, const struct stapc_sort *sort,
				      s64 limit, u32 site);

/* The next element or NULL. */
static __always_inline struct stapc_element *stapc_iterate_next(struct stapc_iterator *it)
{
	while (it->at < it->count) {
		struct stapc_element *element = it->elements[it->at++];

		/* Neither deleted (0) nor, after that, a new one. */
		if (likely(element->order - 1 < it->order))
			return element;
	}
	return NULL;
}

static __always_inline void stapc_iterate_end(struct stapc_cpu *c, const struct stapc_iterator *it)
{
	c->iterate_used = it->iterate_used;
}

/* What a loop and those around it use of the context's memory. */
static __always_inline u32 stapc_iterate_used(const struct stapc_iterator *it)
{
	return it->iterate_used + it->count;
}

#endif /* STAPC_MAP_H */
