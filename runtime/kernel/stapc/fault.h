/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * fault.h: how a handler fails, and the limits that it runs under.
 *
 * A fault is recorded in the context by the operation that meets it; the
 * message is made when the handler ends (or is caught), so that the path of
 * what succeeds pays nothing for it:
 *
 *     ERROR: division by 0 near operator '/' at probe.stp:3:14
 */
#ifndef STAPC_FAULT_H
#define STAPC_FAULT_H

enum stapc_fault {
	STAPC_FAULT_NONE,
	STAPC_FAULT_DIVISION, /* by zero */
	STAPC_FAULT_READ, /* value: the address */
	STAPC_FAULT_WRITE, /* likewise */
	STAPC_FAULT_MAP_FULL, /* MAXMAPENTRIES */
	STAPC_FAULT_EMPTY_STAT, /* average, minimum or maximum of nothing */
	STAPC_FAULT_ACTIONS, /* MAXACTION */
	STAPC_FAULT_NESTING, /* MAXNESTING */
	STAPC_FAULT_GROUP, /* of a match that was not, or that has no such group */
	STAPC_FAULT_ITERATE, /* foreach loops nested too deep for their memory */
	STAPC_FAULT_SCRIPT, /* error(): text in c->message */
	STAPC_FAULT_ABORT, /* abort(): neither ended nor reported */
	STAPC_FAULTS
};

/* A place in the script that a message may name. */
struct stapc_site {
	const char *construct; /* "operator '/'", "identifier '$file'", ... */
	const char *place; /* "probe.stp:3:14" */
};

/* Records a fault. It stays until it is reported or ended; meanwhile there is no other. */
static __always_inline void stapc_fault(struct stapc_cpu *c, enum stapc_fault fault, u64 value, u32 site)
{
	c->fault = (u16)fault;
	c->fault_value = value;
	c->fault_site = site;
}

/* error(text): records it, the text copied. Always "faults". */
void stapc_error(struct stapc_cpu *c, const struct stapc_str *text, u32 site);

/* abort(): the session ends, and the handler here, by a fault. */
void stapc_abort(struct stapc_cpu *c);

/* try/catch: the message of the fault, as it would be reported. */
void stapc_fault_text(const struct stapc_cpu *c, struct stapc_str *to);

/*
 * Ends the fault, which is not reported then. False if the fuel is used up, or
 * taken by abort(): that ends the handler in any case.
 */
bool __must_check stapc_fault_end(struct stapc_cpu *c);

static __always_inline bool __must_check stapc_div(struct stapc_cpu *c, s64 a, s64 b, s64 *result, u32 site)
{
	if (unlikely(!b)) {
		stapc_fault(c, STAPC_FAULT_DIVISION, 0, site);
		return false;
	}
	*result = stapc_div_nonzero(a, b);
	return true;
}

static __always_inline bool __must_check stapc_mod(struct stapc_cpu *c, s64 a, s64 b, s64 *result, u32 site)
{
	if (unlikely(!b)) {
		stapc_fault(c, STAPC_FAULT_DIVISION, 0, site);
		return false;
	}
	*result = stapc_mod_nonzero(a, b);
	return true;
}

/*
 * Fuel. A handler that charges any, or ends faults, sets it at its start
 * (MAXACTION); one that does neither says nothing.
 */
static __always_inline void stapc_fuel_start(struct stapc_cpu *c, s32 statements)
{
	c->fuel = statements;
}

static __always_inline bool __must_check stapc_fuel(struct stapc_cpu *c, s32 statements, u32 site)
{
	c->fuel -= statements;
	if (unlikely(c->fuel < 0)) {
		stapc_fault(c, STAPC_FAULT_ACTIONS, 0, site);
		return false;
	}
	return true;
}

/*
 * Bytes of the kernel's stack that calls may use, watched where more than the
 * default depth of them is allowed: a great MAXNESTING must not exhaust it.
 */
#ifndef STAPC_CALL_STACK
#define STAPC_CALL_STACK 4096
#endif
#define STAPC_CALLS_UNWATCHED 10

/*
 * Calls of script functions. A handler starts at depth 0. The callee's frame
 * lies behind its caller's: `frame + <caller's frame bytes>`; since the depth
 * is bounded, stapc_program.frame_bytes can be known when compiling. Each call
 * that was entered must be left, by a fault edge too.
 */
static __always_inline bool __must_check stapc_call_enter(struct stapc_cpu *c, u32 limit, u32 site)
{
	bool deep = c->depth >= limit;

	if (limit > STAPC_CALLS_UNWATCHED) {
		char *stack;

		__asm__ volatile("movq %%rsp, %0" : "=r"(stack));
		if (!c->depth)
			c->stack = stack;
		deep |= c->stack - stack > STAPC_CALL_STACK;
	}
	if (unlikely(deep)) {
		stapc_fault(c, STAPC_FAULT_NESTING, 0, site);
		return false;
	}
	c->depth++;
	return true;
}

static __always_inline void stapc_call_leave(struct stapc_cpu *c)
{
	c->depth--;
}

#endif /* STAPC_FAULT_H */
