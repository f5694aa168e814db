// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * netfilter.c: packets that pass a hook of the first network namespace.
 */
#include <linux/netfilter.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "arm.h"

#ifdef CONFIG_NETFILTER
static unsigned int stapc_packet_hit(void *private, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct stapc_probe *probe = private;
	struct stapc_packet packet = {
		.fields = { state->hook, (s64)skb, (s64)state->in, (s64)state->out, state->pf, NF_ACCEPT },
	};

	probe->entry((unsigned long)&packet, 0, NULL, NULL);
	/* What else a handler may say would leave the packet to nobody. */
	return packet.fields[STAPC_PACKET_VERDICT] == NF_DROP ? NF_DROP : NF_ACCEPT;
}

int stapc_arm_packet(struct stapc_attachment *a)
{
	const struct stapc_probe *probe = a->probe;
	int error;

	memset(&a->hook, 0, sizeof(a->hook));
	a->hook.hook = stapc_packet_hit;
	a->hook.priv = (void *)probe;
	a->hook.pf = probe->packet.family;
	a->hook.hooknum = probe->packet.hook;
	a->hook.priority = probe->packet.priority;
	error = nf_register_net_hook(&init_net, &a->hook);
	if (!error)
		a->how = STAPC_BY_NETFILTER;
	return error;
}

void stapc_disarm_packet(struct stapc_attachment *a)
{
	nf_unregister_net_hook(&init_net, &a->hook);
}
#else
int stapc_arm_packet(struct stapc_attachment *a)
{
	return -EOPNOTSUPP;
}

void stapc_disarm_packet(struct stapc_attachment *a)
{
}
#endif
