/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * match.h: regular expressions: whether a part of a string matches, by an
 * automaton; and which part, and what its groups match, by a program that
 * follows all ways to match at once, a byte at a time. Both end: the first
 * after as many steps as the string has bytes, the second after as many as
 * that times the steps of the program, each taken once for a byte.
 */
#ifndef STAPC_MATCH_H
#define STAPC_MATCH_H

/* What a state says of the string, and where bytes lead from it. */
struct stapc_automaton {
	const u8 *classes; /* of each byte */
	const u8 *accepts; /* of each state: 0 never, 1 always, 2 not yet, 3 if the string ends here */
	const u16 *next; /* of each state and class */
	u16 class_count;
};

/* Whether a part of the string matches. */
bool stapc_str_finds(const struct stapc_str *s, const struct stapc_automaton *automaton);

#define STAPC_MATCH_STEPS 256
#define STAPC_MATCH_SLOTS 32 /* start and end of each group */
#define STAPC_MATCH_NOWHERE U16_MAX

enum stapc_step_kind {
	STAPC_STEP_BYTE, /* takes a byte of the set a */
	STAPC_STEP_SPLIT, /* goes on at a, and less wanted at b */
	STAPC_STEP_JUMP, /* goes on at a */
	STAPC_STEP_SAVE, /* notes the position in slot a */
	STAPC_STEP_START, /* goes on at the start of the string */
	STAPC_STEP_END, /* goes on at its end */
	STAPC_STEP_MATCH,
};

struct stapc_step {
	u16 kind, a, b;
};

struct stapc_search {
	const struct stapc_automaton *automaton;
	const struct stapc_step *steps;
	const u64 (*sets)[4]; /* a bit for each byte */
	u16 groups;
};

/* The threads at a position, the most wanted first. */
struct stapc_threads {
	u32 count;
	u16 steps[STAPC_MATCH_STEPS];
	u16 slots[STAPC_MATCH_STEPS][STAPC_MATCH_SLOTS];
};

/* The last search that was kept, and room for the next: one for each CPU. */
struct stapc_match {
	bool found;
	u16 groups;
	u16 slots[STAPC_MATCH_SLOTS];
	u16 thread[STAPC_MATCH_SLOTS]; /* of the thread that is being added */
	u32 seen[STAPC_MATCH_STEPS]; /* the position behind the one a step was added at last */
	struct {
		u16 step; /* or what was in the slot */
		u16 slot;
	} stack[2 * STAPC_MATCH_STEPS];
	struct stapc_threads threads[2];
};

/* As stapc_str_finds; keeps what matched, with a copy of the string in `text`. */
bool stapc_match(struct stapc_match *match, struct stapc_str *text, const struct stapc_str *s,
		 const struct stapc_search *search);

/* What a group of the last search matched. */
bool __must_check stapc_match_group(struct stapc_cpu *c, struct stapc_str *to, const struct stapc_match *match,
				    const struct stapc_str *text, s64 group, u32 site);

static __always_inline s64 stapc_match_groups(const struct stapc_match *match)
{
	return match->found ? match->groups : 0;
}

#endif /* STAPC_MATCH_H */
