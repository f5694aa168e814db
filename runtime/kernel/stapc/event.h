/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * event.h: what handlers of events ask about, found through c->event: helpers/event.c.
 */
#ifndef STAPC_EVENT_H
#define STAPC_EVENT_H

/* Of STAPC_FILE: what is read or was written. */
struct stapc_content {
	u32 len, size;
	char text[];
};

/* Of STAPC_PACKET. */
enum stapc_packet_field {
	STAPC_PACKET_HOOK,
	STAPC_PACKET_SKB,
	STAPC_PACKET_IN,
	STAPC_PACKET_OUT,
	STAPC_PACKET_FAMILY,
	STAPC_PACKET_VERDICT,
	STAPC_PACKET_FIELDS
};

struct stapc_packet {
	s64 fields[STAPC_PACKET_FIELDS];
};

#endif /* STAPC_EVENT_H */
