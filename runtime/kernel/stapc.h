/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * stapc.h: the one header that an emitted probe.c includes.
 *
 * It needs no kernel header. Whatever is particular to one kernel (structure
 * offsets, names of per-CPU variables) comes from "profile.h", which the build
 * extracts from the runtime object of that kernel (see profile.c). The same
 * parts are included by the runtime itself, with STAPC_RUNTIME defined and the
 * kernel's headers instead of profile.h, so both sides agree on every layout.
 *
 * probe.c may define these before including it:
 *
 *   STAPC_MAXSTRINGLEN  bytes of a string value, NUL included (default 128),
 *   and what stapc/limits.h has,
 *
 * and must end with exactly one definition
 *
 *   const struct stapc_program stapc_program = { .abi = STAPC_ABI, ... };
 *
 * Conventions of everything here:
 *
 * - `c` is the per-CPU context that stapc_enter() gave; it is valid until
 *   stapc_leave() and on this CPU only.
 * - What may fault returns bool: true = done, false = faulted. The fault is
 *   then recorded in `c`, and the caller goes to its fault edge:
 *       if (unlikely(!stapc_load_u64(c, p, &v, 3)))
 *               goto fault_4;
 *   A fault edge that ends the handler needs to do nothing more than release
 *   its locks: stapc_leave() reports the fault. One that handles it (try/catch)
 *   calls stapc_fault_end().
 * - `site` is an index of stapc_program.sites: what to call the place in a
 *   message.
 * - Nothing here allocates, sleeps, takes a lock of the kernel, or calls a
 *   function that can be traced before the CPU is marked busy.
 */
#ifndef STAPC_H
#define STAPC_H

#include "stapc/base.h"
#include "stapc/limits.h"
#include "stapc/string.h"
#include "stapc/cpu.h"
#include "stapc/fault.h"
#include "stapc/hit.h"
#include "stapc/lock.h"
#include "stapc/memory.h"
#include "stapc/context.h"
#include "stapc/stat.h"
#include "stapc/match.h"
#include "stapc/map.h"
#include "stapc/part.h"
#include "stapc/print.h"
#include "stapc/backtrace.h"
#include "stapc/event.h"
#include "stapc/helpers.h"
#include "stapc/embed.h"
#include "stapc/program.h"

#endif /* STAPC_H */
