/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * embed.h: what the runtime does for C of a script.
 */
#ifndef STAPC_EMBED_H
#define STAPC_EMBED_H

/* to = a string of C, cut to the longest that there may be. */
void stapc_embed_string(struct stapc_str *to, const char *text);

/* Empties a string that C writes next, and gives its room; then, its length is what is up to the NUL. */
char *stapc_embed_begin(struct stapc_str *to);
void stapc_embed_end(struct stapc_str *to);

/* Records a fault with a formatted message. */
__attribute__((format(printf, 3, 4))) void stapc_embed_error(struct stapc_cpu *c, u32 site, const char *format, ...);

/* Output and warnings of the handler that runs on this CPU; without one, nothing. */
__attribute__((format(printf, 1, 2))) void stapc_embed_printf(const char *format, ...);
__attribute__((format(printf, 1, 2))) void stapc_embed_warn(const char *format, ...);

#endif /* STAPC_EMBED_H */
