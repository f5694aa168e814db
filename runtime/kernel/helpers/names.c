// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/names.c: what programs call the numbers that they give to system calls.
 *
 * Numbers are those of x86-64. A name is written without what all names of its table begin with, and
 * its number in hexadecimal.
 */
#include <linux/kernel.h>

#include "../session.h"

/* How numbers of a table are taken, and shown where there is no name. */
enum stapc_names_kind {
	WORD, /* the lower 32 bits, in hexadecimal */
	LONG, /* all bits, in hexadecimal */
	DECIMAL, /* the lower 32 bits with their sign, in decimal */
};

struct stapc_names {
	const char *table;
	enum stapc_names_kind kind;
	const char *prefix;
	/* NAME=NUMBER and spaces between them, in the order in which flags are looked for. */
	const char *names;
};

#define NAMES(table, kind, prefix, names) { table, kind, prefix, names },

static const struct stapc_names stapc_names[] = {
#include "names/files.h"
#include "names/kernel.h"
#include "names/memory.h"
#include "names/network.h"
#include "names/process.h"
#include "names/system.h"
};

#undef NAMES

/* An entry of a table. */
struct stapc_name {
	const char *text;
	u64 len;
	u64 value;
};

static const struct stapc_names *stapc_names_of(const struct stapc_str *table)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(stapc_names); i++)
		if (!strcmp(stapc_names[i].table, table->text))
			return &stapc_names[i];
	return NULL;
}

static u64 stapc_names_value(const struct stapc_names *names, s64 value)
{
	switch (names->kind) {
	case WORD:
		return (u32)value;
	case DECIMAL:
		return (s32)value;
	default:
		return value;
	}
}

/* The entry that begins at `at`, which goes to the next one: false behind the last. */
static bool stapc_names_next(const char **at, struct stapc_name *name)
{
	const char *p = *at;
	bool negative;

	if (!*p)
		return false;
	name->text = p;
	while (*p != '=')
		p++;
	name->len = p++ - name->text;
	negative = *p == '-';
	p += negative;
	for (name->value = 0; *p && *p != ' '; p++)
		name->value = name->value * 16 + hex_to_bin(*p);
	if (negative)
		name->value = -name->value;
	*at = *p ? p + 1 : p;
	return true;
}

static void stapc_names_add(struct stapc_str *to, u64 *len, const char *prefix, const struct stapc_name *name)
{
	stapc_text_add(to, len, prefix, strlen(prefix));
	stapc_text_add(to, len, name->text, name->len);
}

static void stapc_names_number(struct stapc_str *to, u64 *len, const struct stapc_names *names, u64 value)
{
	char digits[24];

	stapc_text_add(to, len, digits,
		       scnprintf(digits, sizeof(digits), names->kind == DECIMAL ? "%lld" : "0x%llx", value));
}

static void stapc_names_one(struct stapc_str *to, u64 *len, const struct stapc_names *names, u64 value)
{
	const char *at = names->names;
	struct stapc_name name;

	while (stapc_names_next(&at, &name))
		if (name.value == value) {
			stapc_names_add(to, len, names->prefix, &name);
			return;
		}
	stapc_names_number(to, len, names, value);
}

void stapc_helper__value_name(struct stapc_cpu *c, struct stapc_str *to, const struct stapc_str *table, s64 value)
{
	const struct stapc_names *names = stapc_names_of(table);
	u64 len = 0;

	if (names)
		stapc_names_one(to, &len, names, stapc_names_value(names, value));
	stapc_str_end(to, len);
}

void stapc_helper__flag_names(struct stapc_cpu *c, struct stapc_str *to, const struct stapc_str *table, s64 value)
{
	const struct stapc_names *names = stapc_names_of(table);
	const char *at = names ? names->names : "";
	u64 len = 0, rest = names ? stapc_names_value(names, value) : 0;
	struct stapc_name name;

	if (names && !rest)
		stapc_names_one(to, &len, names, rest);
	while (rest && stapc_names_next(&at, &name)) {
		if (!name.value || (rest & name.value) != name.value)
			continue;
		if (len)
			stapc_text_add(to, &len, "|", 1);
		stapc_names_add(to, &len, names->prefix, &name);
		rest &= ~name.value;
	}
	if (rest) {
		if (len)
			stapc_text_add(to, &len, "|", 1);
		stapc_names_number(to, &len, names, rest);
	}
	stapc_str_end(to, len);
}
