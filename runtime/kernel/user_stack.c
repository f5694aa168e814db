// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * user_stack.c: the stack of the current task's own program, by the unwind tables of the files that its code is in,
 * and by frame pointers where there is none.
 *
 * It begins where the probe was hit, if that is in a program; else where the task came into the kernel.
 */
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/uprobes.h>
#include <asm/segment.h>

#include "objects.h"
#include "process.h"

/* Calls under way whose returns are probed that are looked through for one. */
#define STAPC_RETURNS_MOST 64
/* Where the kernel puts what a signal interrupts, from the stack pointer on: the registers of struct sigcontext. */
#define STAPC_SIGNAL_BP 120
#define STAPC_SIGNAL_SP 160
#define STAPC_SIGNAL_IP 168

/* A function that has not returned. */
struct stapc_frame {
	u64 ip, sp, bp;
	bool returns; /* ip is where a call returns to, and not what is executed next */
	bool placed; /* `place` is where it is */
	struct stapc_place place;
	u32 depth;
};

static bool stapc_user_word(u64 address, u64 *value)
{
	return !copy_from_user_nofault(value, (const void __user *)address, sizeof(*value));
}

#ifdef CONFIG_UPROBES
/* The return address that the kernel keeps for what lies on the stack here; 0 if it is not found. */
static u64 stapc_return_kept(struct stapc_cpu *c, u64 slot)
{
	s64 at, stack, address = 0;
	u32 i;

	/* What has returned may be gone from the list's start: nothing of it is believed, and no read can fail. */
	at = current->utask ? (s64)READ_ONCE(current->utask->return_instances) : 0;
	for (i = 0; at && i < STAPC_RETURNS_MOST; i++) {
		if (!stapc_load_u64(c, at + offsetof(struct return_instance, stack), &stack, 0))
			break;
		if ((u64)stack == slot) {
			if (stapc_load_u64(c, at + offsetof(struct return_instance, orig_ret_vaddr), &address, 0))
				return address;
			break;
		}
		if (!stapc_load_u64(c, at + offsetof(struct return_instance, next), &at, 0))
			break;
	}
	c->fault = 0;
	return 0;
}
#else
static u64 stapc_return_kept(struct stapc_cpu *c, u64 slot)
{
	return 0;
}
#endif

/* Whether the frame is in code. */
static bool stapc_frame_place(struct stapc_frame *frame)
{
	frame->placed = stapc_place_find(frame->ip - frame->returns, &frame->place);
	/* Elsewhere the return address is not the last byte of something. */
	if (frame->placed)
		frame->place.offset += frame->returns;
	return frame->placed && frame->place.code;
}

/* The frame of what called, whose return address is at `slot`. */
static bool stapc_frame_return(struct stapc_cpu *c, struct stapc_frame *frame, u64 slot, u64 bp)
{
	struct stapc_place place;

	if (!stapc_user_word(slot, &frame->ip))
		return false;
	if (stapc_place_find(frame->ip, &place) && place.trampoline) {
		u64 kept = stapc_return_kept(c, slot);

		if (!kept) {
			frame->place = place;
			return true;
		}
		frame->ip = kept;
	}
	frame->sp = slot + sizeof(u64);
	frame->bp = bp;
	frame->returns = true;
	return stapc_frame_place(frame);
}

/* The frame of what a signal interrupted. */
static bool stapc_frame_interrupted(struct stapc_frame *frame)
{
	u64 sp = frame->sp;

	if (!stapc_user_word(sp + STAPC_SIGNAL_IP, &frame->ip) || !stapc_user_word(sp + STAPC_SIGNAL_SP, &frame->sp) ||
	    !stapc_user_word(sp + STAPC_SIGNAL_BP, &frame->bp))
		return false;
	frame->returns = false;
	return stapc_frame_place(frame);
}

/* By the frame pointer. */
static bool stapc_frame_pointer(struct stapc_cpu *c, struct stapc_frame *frame)
{
	u64 bp;

	if (frame->bp < frame->sp || frame->bp & 7 || !stapc_user_word(frame->bp, &bp))
		return false;
	return stapc_frame_return(c, frame, frame->bp + sizeof(u64), bp);
}

/* What rbp was when the function of the frame was called. */
static u64 stapc_frame_saved(const struct stapc_frame *frame, const struct stapc_unwind_row *row, u64 cfa)
{
	u64 bp = 0;

	switch (row->saved_from) {
	case STAPC_SAVED_SAME:
		return frame->bp;
	case STAPC_SAVED_FRAME:
		return stapc_user_word(cfa + row->saved, &bp) ? bp : 0;
	case STAPC_SAVED_BASE:
		return stapc_user_word(frame->bp + row->saved, &bp) ? bp : 0;
	default:
		return 0;
	}
}

/* Makes a frame that of its caller. False: there is none, or it is not found. */
static bool stapc_frame_next(struct stapc_cpu *c, struct stapc_frame *frame)
{
	const struct stapc_unwind_row *row;
	u64 cfa;

	if (++frame->depth >= stapc_program.limits.backtrace || !frame->placed || frame->place.trampoline)
		return false;
	row = stapc_place_unwinding(&frame->place, frame->returns);
	switch (row ? row->frame_from : STAPC_FRAME_UNKNOWN) {
	case STAPC_FRAME_UNKNOWN:
		return stapc_frame_pointer(c, frame);
	case STAPC_FRAME_STACK:
		cfa = frame->sp + row->frame;
		break;
	case STAPC_FRAME_BASE:
		cfa = frame->bp + row->frame;
		break;
	case STAPC_FRAME_AT_BASE:
		if (!stapc_user_word(frame->bp + row->frame, &cfa))
			return false;
		break;
	case STAPC_FRAME_SIGNAL:
		return stapc_frame_interrupted(frame);
	default:
		return false;
	}
	/* The stack grows downwards. */
	if (cfa <= frame->sp)
		return false;
	return stapc_frame_return(c, frame, cfa - sizeof(u64), stapc_frame_saved(frame, row, cfa));
}

/* The innermost frame. False: the current task runs no program. Where mappings are not held it has no caller. */
static bool stapc_frame_first(const struct stapc_cpu *c, struct stapc_frame *frame, bool held)
{
	const struct pt_regs *regs = (const struct pt_regs *)c->regs;

	if (!regs || !user_mode((struct pt_regs *)regs))
		regs = stapc_user_regs();
	if (!current->mm || current->flags & PF_KTHREAD || !regs->ip)
		return false;
	*frame = (struct stapc_frame){
		.ip = regs->ip,
		.sp = regs->sp,
		.bp = regs->bp,
		/* What is hit has returned to there. */
		.returns = regs == (const void *)c->regs && c->probe->kind == STAPC_RETURN,
	};
	/* Programs of 32 bits have other frames. */
	if (held && regs->cs != __USER32_CS)
		stapc_frame_place(frame);
	return true;
}

stapc_noinline void stapc_ubacktrace(struct stapc_cpu *c, struct stapc_str *to)
{
	bool held = stapc_mappings_hold(), more;
	struct stapc_frame frame;
	u32 used = 0;

	for (more = stapc_frame_first(c, &frame, held); more; more = stapc_frame_next(c, &frame)) {
		/* A space, 0x and 16 digits. */
		char text[20];
		u32 len = scnprintf(text, sizeof(text), "%s0x%llx", used ? " " : "", frame.ip);

		if (used + len > stapc_program.string_max)
			break;
		memcpy(to->text + used, text, len);
		used += len;
	}
	if (held)
		stapc_mappings_release();
	stapc_str_end(to, used);
}

/* Addresses of the last stack that was walked for one of them: scripts ask for one after the other. */
#define STAPC_WALKED_MOST 64

struct stapc_walk {
	const struct stapc_probe *probe; /* for whose hit, and by number on this processor */
	u64 hit;
	u32 count;
	u64 addresses[STAPC_WALKED_MOST];
};

static struct stapc_walk __percpu *stapc_walks;

int stapc_walks_init(void)
{
	stapc_walks = stapc_allocate_per_cpu(struct stapc_walk);
	return stapc_walks ? 0 : -ENOMEM;
}

void stapc_walks_exit(void)
{
	free_percpu(stapc_walks);
}

static void stapc_walk_fill(struct stapc_cpu *c, struct stapc_walk *walk)
{
	bool held = stapc_mappings_hold(), more;
	struct stapc_frame frame;

	walk->probe = c->probe;
	walk->hit = c->counters[STAPC_HITS];
	walk->count = 0;
	more = stapc_frame_first(c, &frame, held);
	while (more && walk->count < STAPC_WALKED_MOST) {
		walk->addresses[walk->count++] = frame.ip;
		more = stapc_frame_next(c, &frame);
	}
	if (held)
		stapc_mappings_release();
}

bool stapc_helper__user_stack(struct stapc_cpu *c, s64 depth, s64 *to, u32 site)
{
	struct stapc_walk *walk = this_cpu_ptr(stapc_walks);

	if (!depth || walk->probe != c->probe || walk->hit != c->counters[STAPC_HITS])
		stapc_walk_fill(c, walk);
	*to = (u64)depth < walk->count ? walk->addresses[depth] : 0;
	return true;
}

/* Makes the line of a frame in c->message; its length. */
static u32 stapc_frame_text(struct stapc_cpu *c, const struct stapc_frame *frame, u32 parts)
{
	u32 len = stapc_place_text(c, frame->ip, frame->placed ? &frame->place : NULL, parts, frame->returns);

	len = min_t(u32, len, STAPC_MESSAGE_SIZE - 1);
	c->message[len++] = '\n';
	return len;
}

bool stapc_helper__user_stack_text(struct stapc_cpu *c, struct stapc_str *to, u32 site)
{
	bool held = stapc_mappings_hold(), more;
	struct stapc_frame frame;
	u32 used = 0;

	more = stapc_frame_first(c, &frame, held);
	while (more && used < stapc_program.string_max) {
		u32 len = stapc_frame_text(c, &frame, STAPC_TEXT_OFFSET | STAPC_TEXT_FILE);

		len = min_t(u32, len, stapc_program.string_max - used);
		memcpy(to->text + used, c->message, len);
		used += len;
		more = stapc_frame_next(c, &frame);
	}
	if (held)
		stapc_mappings_release();
	stapc_str_end(to, used);
	return true;
}

static void stapc_frames_print(struct stapc_cpu *c, struct stapc_frame *frame, u32 parts)
{
	bool more = true;

	for (; more; more = stapc_frame_next(c, frame))
		stapc_print_literal(c, c->message, stapc_frame_text(c, frame, parts));
}

/* The stack from where the probe was hit on, or as it is with the registers that are given. */
static bool stapc_stack_print(struct stapc_cpu *c, u32 parts, const struct stapc_frame *given)
{
	bool held = stapc_mappings_hold();
	struct stapc_frame frame;

	if (given) {
		frame = *given;
		if (held)
			stapc_frame_place(&frame);
	}
	if (given || stapc_frame_first(c, &frame, held)) {
		stapc_frames_print(c, &frame, parts);
	} else {
		u32 len = scnprintf(c->message, STAPC_MESSAGE_SIZE, "<no user backtrace at %s>\n", c->probe->point);

		stapc_print_literal(c, c->message, len);
	}
	if (held)
		stapc_mappings_release();
	return true;
}

#define STAPC_TEXT_FULL (STAPC_TEXT_ADDRESS | STAPC_TEXT_OFFSET | STAPC_TEXT_SIZE | STAPC_TEXT_FILE)

bool stapc_helper__user_stack_print(struct stapc_cpu *c, s64 brief, s64 given, s64 ip, s64 sp, s64 bp, u32 site)
{
	struct stapc_frame frame = { .ip = ip, .sp = sp, .bp = bp };

	return stapc_stack_print(c, brief ? STAPC_TEXT_OFFSET : STAPC_TEXT_FULL, given ? &frame : NULL);
}

bool stapc_helper__user_stack_lines(struct stapc_cpu *c, s64 given, s64 ip, s64 sp, s64 bp, u32 site)
{
	struct stapc_frame frame = { .ip = ip, .sp = sp, .bp = bp };

	return stapc_stack_print(c, STAPC_TEXT_FULL | STAPC_TEXT_LINE, given ? &frame : NULL);
}
