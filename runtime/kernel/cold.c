// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * cold.c: the rest of the runtime as one unit: see hot.c.
 */
#include "module.c"
#include "session.c"
#include "symbol.c"
#include "control.c"
#include "status.c"
#include "arm.c"
#include "function.c"
#include "modules.c"
#include "tracepoint.c"
#include "uprobe.c"
#include "hit.c"
#include "lock.c"
#include "fault.c"
#include "iterate.c"
#include "histogram.c"
#include "stat.c"
#include "part.c"
#include "backtrace.c"
#include "embed.c"
