// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * fault.c: what a fault is called.
 */
#include "session.h"

static const char *const stapc_fault_names[STAPC_FAULTS] = {
	[STAPC_FAULT_NONE] = "no error",
	[STAPC_FAULT_DIVISION] = "division by 0",
	[STAPC_FAULT_MAP_FULL] = "Array overflow, check MAXMAPENTRIES",
	[STAPC_FAULT_EMPTY_STAT] = "empty aggregate",
	[STAPC_FAULT_ACTIONS] = "MAXACTION exceeded",
	[STAPC_FAULT_NESTING] = "MAXNESTING exceeded",
	[STAPC_FAULT_GROUP] = "no such group in the last match",
	[STAPC_FAULT_ABORT] = "aborted",
	[STAPC_FAULT_ITERATE] = "foreach loops nested too deep",
};

stapc_noinline u32 stapc_fault_message(const struct stapc_cpu *c, char *to, u32 size)
{
	u32 len;

	if (c->fault == STAPC_FAULT_READ)
		len = scnprintf(to, size, "read fault [man error::fault] at 0x%016llx", c->fault_value);
	else if (c->fault == STAPC_FAULT_WRITE)
		len = scnprintf(to, size, "write fault [man error::fault] at 0x%016llx", c->fault_value);
	else if (c->fault == STAPC_FAULT_SCRIPT)
		len = scnprintf(to, size, "%s", c->message);
	else
		len = scnprintf(to, size, "%s", stapc_fault_names[c->fault]);
	if (c->fault_site < stapc_program.sites_count) {
		const struct stapc_site *site = &stapc_program.sites[c->fault_site];

		if (site->construct)
			len += scnprintf(to + len, size - len, " near %s", site->construct);
		if (site->place)
			len += scnprintf(to + len, size - len, " at %s", site->place);
	}
	return len;
}

stapc_noinline void stapc_error(struct stapc_cpu *c, const struct stapc_str *text, u32 site)
{
	strscpy(c->message, text->text, STAPC_MESSAGE_SIZE);
	stapc_fault(c, STAPC_FAULT_SCRIPT, 0, site);
}

stapc_noinline void stapc_abort(struct stapc_cpu *c)
{
	stapc_session_request_exit(false);
	c->fuel = -1;
	stapc_fault(c, STAPC_FAULT_ABORT, 0, 0);
}

stapc_noinline void stapc_fault_text(const struct stapc_cpu *c, struct stapc_str *to)
{
	/* Its storage has room for a NUL behind the longest string. */
	stapc_str_end(to, stapc_fault_message(c, to->text, stapc_program.string_max + 1));
}

stapc_noinline bool stapc_fault_end(struct stapc_cpu *c)
{
	if (c->fuel < 0)
		return false;
	c->fault = STAPC_FAULT_NONE;
	return true;
}
