// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * helpers/event.c: helpers that ask about the event that was hit, and answer it. Where there is no such
 * event they know nothing.
 */
#include "../session.h"

static struct stapc_content *stapc_content(const struct stapc_cpu *c)
{
	return c->probe->kind == STAPC_FILE ? c->event : NULL;
}

bool stapc_helper__file_value(struct stapc_cpu *c, struct stapc_str *to, u32 site)
{
	const struct stapc_content *content = stapc_content(c);
	u32 len = content ? min_t(u32, content->len, stapc_program.string_max) : 0;

	if (content)
		memcpy(to->text, content->text, len);
	stapc_str_end(to, len);
	return true;
}

bool stapc_helper__file_add(struct stapc_cpu *c, const struct stapc_str *text, u32 site)
{
	struct stapc_content *content = stapc_content(c);
	u32 len;

	if (!content)
		return true;
	len = min_t(u64, text->len, content->size - content->len);
	memcpy(content->text + content->len, text->text, len);
	content->len += len;
	return true;
}

bool stapc_helper__file_set(struct stapc_cpu *c, const struct stapc_str *text, u32 site)
{
	struct stapc_content *content = stapc_content(c);

	if (content)
		content->len = 0;
	return stapc_helper__file_add(c, text, site);
}

static struct stapc_packet *stapc_packet(const struct stapc_cpu *c)
{
	return c->probe->kind == STAPC_PACKET ? c->event : NULL;
}

bool stapc_helper__packet_field(struct stapc_cpu *c, s64 field, s64 *to, u32 site)
{
	const struct stapc_packet *packet = stapc_packet(c);

	*to = packet && (u64)field < STAPC_PACKET_FIELDS ? packet->fields[field] : 0;
	return true;
}

bool stapc_helper__packet_verdict(struct stapc_cpu *c, s64 verdict, u32 site)
{
	struct stapc_packet *packet = stapc_packet(c);

	if (packet)
		packet->fields[STAPC_PACKET_VERDICT] = verdict;
	return true;
}
