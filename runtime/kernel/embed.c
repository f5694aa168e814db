// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * embed.c: what the runtime does for C of a script.
 */
#include "session.h"

/* The most that one call prints, NUL included. */
#define STAPC_EMBED_TEXT 1024

stapc_noinline void stapc_embed_string(struct stapc_str *to, const char *text)
{
	u32 len = strnlen(text, stapc_program.string_max);

	memmove(to->text, text, len);
	stapc_str_end(to, len);
}

stapc_noinline char *stapc_embed_begin(struct stapc_str *to)
{
	stapc_str_clear(to);
	return to->text;
}

stapc_noinline void stapc_embed_end(struct stapc_str *to)
{
	stapc_str_end(to, strnlen(to->text, stapc_program.string_max));
}

stapc_noinline void stapc_embed_error(struct stapc_cpu *c, u32 site, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vscnprintf(c->message, STAPC_MESSAGE_SIZE, format, args);
	va_end(args);
	stapc_fault(c, STAPC_FAULT_SCRIPT, 0, site);
}

/* The context of the handler that runs here; NULL if none does. */
static struct stapc_cpu *stapc_embed_context(void)
{
	struct stapc_cpu *c = raw_cpu_read(stapc_this_cpu_context);

	return c && READ_ONCE(c->busy) ? c : NULL;
}

stapc_noinline void stapc_embed_printf(const char *format, ...)
{
	struct stapc_cpu *c = stapc_embed_context();
	va_list args;
	char *room;

	if (!c)
		return;
	room = stapc_out_room(c, STAPC_EMBED_TEXT);
	va_start(args, format);
	c->out_used -= STAPC_EMBED_TEXT - vscnprintf(room, STAPC_EMBED_TEXT, format, args);
	va_end(args);
}

stapc_noinline void stapc_embed_warn(const char *format, ...)
{
	static const char prefix[] = "WARNING: ";
	struct stapc_cpu *c = stapc_embed_context();
	u32 len = sizeof(prefix) - 1;
	va_list args;

	if (!c)
		return;
	stapc_output_commit(c);
	memcpy(c->out, prefix, len);
	va_start(args, format);
	len += vscnprintf(c->out + len, STAPC_EMBED_TEXT, format, args);
	va_end(args);
	stapc_output_write(c, STAPC_RECORD_WARNING, len);
}
