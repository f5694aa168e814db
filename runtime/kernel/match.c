// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * match.c: regular expressions: see match.h.
 */
#include "session.h"

stapc_noinline bool stapc_str_finds(const struct stapc_str *s, const struct stapc_automaton *automaton)
{
	const unsigned char *text = (const unsigned char *)s->text;
	u32 state = 0;
	u64 i;

	for (i = 0;; i++) {
		u8 accepts = automaton->accepts[state];

		if (accepts < 2)
			return accepts;
		if (i == s->len)
			return accepts == 3;
		state = automaton->next[state * automaton->class_count + automaton->classes[text[i]]];
	}
}

/* Adds a thread, as far as it goes without a byte; its slots are match->thread. */
static void stapc_match_add(struct stapc_match *match, const struct stapc_search *search,
			    struct stapc_threads *to, u16 first, u32 position, u32 length)
{
	u32 top = 0;

	match->stack[top].step = first;
	match->stack[top++].slot = STAPC_MATCH_NOWHERE;
	while (top) {
		u16 at = match->stack[--top].step, slot = match->stack[top].slot;

		if (slot != STAPC_MATCH_NOWHERE) {
			match->thread[slot] = at;
			continue;
		}
		while (match->seen[at] != position + 1) {
			const struct stapc_step *step = &search->steps[at];

			match->seen[at] = position + 1;
			if (step->kind == STAPC_STEP_BYTE || step->kind == STAPC_STEP_MATCH) {
				to->steps[to->count] = at;
				memcpy(to->slots[to->count++], match->thread, sizeof(match->thread));
				break;
			}
			if (step->kind == STAPC_STEP_SPLIT) {
				match->stack[top].step = step->b;
				match->stack[top++].slot = STAPC_MATCH_NOWHERE;
				at = step->a;
			} else if (step->kind == STAPC_STEP_JUMP) {
				at = step->a;
			} else if (step->kind == STAPC_STEP_SAVE) {
				match->stack[top].step = match->thread[step->a];
				match->stack[top++].slot = step->a;
				match->thread[step->a] = position;
				at++;
			} else if (position == (step->kind == STAPC_STEP_START ? 0 : length)) {
				at++;
			} else {
				break;
			}
		}
	}
}

stapc_noinline bool stapc_match(struct stapc_match *match, struct stapc_str *text, const struct stapc_str *s,
				const struct stapc_search *search)
{
	struct stapc_threads *now = &match->threads[0], *next = &match->threads[1];
	const unsigned char *bytes = (const unsigned char *)s->text;
	u32 position, i, length = s->len;

	match->found = false;
	if (!stapc_str_finds(s, search->automaton))
		return false;
	match->groups = search->groups;
	memset(match->seen, 0, sizeof(match->seen));
	now->count = 0;
	for (position = 0; position <= length; position++) {
		if (!match->found) {
			memset(match->thread, 0xff, sizeof(match->thread));
			stapc_match_add(match, search, now, 0, position, length);
		}
		next->count = 0;
		for (i = 0; i < now->count; i++) {
			const struct stapc_step *step = &search->steps[now->steps[i]];
			const u16 *slots = now->slots[i];

			if (step->kind == STAPC_STEP_MATCH) {
				/* The first that starts is wanted, then the longest. */
				if (!match->found || slots[0] < match->slots[0] ||
				    (slots[0] == match->slots[0] && slots[1] > match->slots[1])) {
					memcpy(match->slots, slots, sizeof(match->slots));
					match->found = true;
				}
			} else if (position < length &&
				   search->sets[step->a][bytes[position] / 64] >> (bytes[position] % 64) & 1) {
				memcpy(match->thread, slots, sizeof(match->thread));
				stapc_match_add(match, search, next, now->steps[i] + 1, position + 1, length);
			}
		}
		swap(now, next);
		if (match->found && !now->count)
			break;
	}
	stapc_str_copy(text, s);
	return match->found;
}

stapc_noinline bool stapc_match_group(struct stapc_cpu *c, struct stapc_str *to,
				      const struct stapc_match *match, const struct stapc_str *text,
				      s64 group, u32 site)
{
	u16 start, end;

	if (!match->found || group < 0 || group >= match->groups) {
		stapc_fault(c, STAPC_FAULT_GROUP, 0, site);
		return false;
	}
	start = match->slots[2 * group];
	end = match->slots[2 * group + 1];
	if (start == STAPC_MATCH_NOWHERE)
		start = end = 0;
	stapc_str_sub(to, text, start, end - start);
	return true;
}
