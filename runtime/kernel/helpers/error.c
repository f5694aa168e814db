// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/error.c: how a helper fails for a reason of its own.
 */
#include "../session.h"

/* An error of this text, as one of error(). Always false. */
static bool __printf(3, 4) stapc_helper_error(struct stapc_cpu *c, u32 site, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vscnprintf(c->message, STAPC_MESSAGE_SIZE, format, args);
	va_end(args);
	stapc_fault(c, STAPC_FAULT_SCRIPT, 0, site);
	return false;
}
