// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/path.c: the names of a directory's entry and what it is in. No lock is taken: a name that changes meanwhile is
 * one or the other, or cut.
 */
#include <linux/dcache.h>

#include "../session.h"

/* No path has more names. */
#define STAPC_PATH_DEPTH 256

/* Puts an entry's name, behind a /, before what there is; what does not fit goes, from the front. */
static bool stapc_path_name(struct stapc_cpu *c, u64 dentry, char *text, u32 *start, u32 site)
{
	u64 name = dentry + offsetof(struct dentry, d_name);
	s64 len, from, byte;
	u32 at;

	if (!stapc_load_u32(c, name + offsetof(struct qstr, len), &len, site) ||
	    !stapc_load_u64(c, name + offsetof(struct qstr, name), &from, site))
		return false;
	for (at = min_t(s64, len, NAME_MAX); at && *start; at--) {
		if (!stapc_load_u8(c, from + at - 1, &byte, site))
			return false;
		text[--*start] = byte;
	}
	if (*start)
		text[--*start] = '/';
	return true;
}

stapc_noinline bool stapc_path_text(struct stapc_cpu *c, u64 dentry, u64 top, char *text, u32 *start, u32 site)
{
	s64 parent;
	u32 depth;

	for (depth = 0; depth < STAPC_PATH_DEPTH && dentry != top && *start; depth++) {
		if (!stapc_load_u64(c, dentry + offsetof(struct dentry, d_parent), &parent, site))
			return false;
		if ((u64)parent == dentry)
			break;
		if (!stapc_path_name(c, dentry, text, start, site))
			return false;
		dentry = parent;
	}
	return true;
}

bool stapc_helper__dentry_path(struct stapc_cpu *c, struct stapc_str *to, s64 dentry, s64 top, u32 site)
{
	u32 start = stapc_program.string_max;
	u32 end = start;

	if (!stapc_path_text(c, dentry, top, to->text, &start, site))
		return false;
	memmove(to->text, to->text + start, end - start);
	stapc_str_end(to, end - start);
	return true;
}
