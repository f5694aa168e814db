/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * objects.h: the files whose code programs run, as far as the session has tables of them: what places in them are
 * called, and where functions return to. The compiler makes them (frontend/debuginfo/src/tables). A place is counted
 * as the file's bytes are; offsets of texts and tables are from the start of all. The kernel is among them, without a
 * path: a place in it is so far behind `_stext`.
 */
#ifndef STAPC_OBJECTS_H
#define STAPC_OBJECTS_H

#include "session.h"

/* Rows, each of which begins with the place from which on it holds; by place. */
struct stapc_table {
	u32 start;
	u32 count;
};

struct stapc_object {
	u32 path;
	struct stapc_table symbols, unwinding, lines;
};

struct stapc_objects {
	u32 count;
	struct stapc_object objects[];
};

extern const struct stapc_objects stapc_objects;

struct stapc_symbol_row {
	u32 start;
	u32 size; /* bytes */
	u32 name;
};

struct stapc_line_row {
	u32 start;
	u32 line; /* 0: of none */
	u32 file;
};

/* What the stack pointer is when a function has returned, its frame: the return address is just below. */
enum stapc_unwind_frame {
	STAPC_FRAME_UNKNOWN, /* no information: it may have a frame pointer */
	STAPC_FRAME_END,
	STAPC_FRAME_STACK, /* so far behind the stack pointer; */
	STAPC_FRAME_BASE, /* behind rbp; */
	STAPC_FRAME_AT_BASE, /* it lies so far behind rbp */
	STAPC_FRAME_SIGNAL, /* all registers are at the stack pointer, as the kernel puts them */
};

/* Where the caller's rbp is. */
enum stapc_unwind_saved {
	STAPC_SAVED_SAME,
	STAPC_SAVED_FRAME, /* so far behind the frame; */
	STAPC_SAVED_BASE, /* behind rbp */
	STAPC_SAVED_LOST,
};

struct stapc_unwind_row {
	u32 start;
	s32 frame;
	s16 saved;
	u8 frame_from; /* enum stapc_unwind_frame */
	u8 saved_from; /* enum stapc_unwind_saved */
};

/* Where an address of the current process is. */
struct stapc_place {
	const struct stapc_object *object; /* NULL: in no file that there are tables of */
	const struct file *file; /* NULL: in none, though it may be a variable of one (`object`) */
	u64 offset; /* in the file */
	bool code; /* can be executed */
	bool trampoline; /* where functions return to whose return is probed */
};

/* When a module is loaded, before any handler runs; and when none will run. May sleep. */
int stapc_objects_init(void);
void stapc_objects_exit(void);

/*
 * From any context: nothing of the current process's memory is mapped anew until it is released. False: it has
 * none, or that is being done.
 */
bool stapc_mappings_hold(void);
void stapc_mappings_release(void);

/* Where an address is. False: nowhere. While mappings are held; `place` is good until they are released. */
bool stapc_place_find(u64 address, struct stapc_place *place);

/* What the table says of the place so many bytes before; NULL: nothing. */
const struct stapc_unwind_row *stapc_place_unwinding(const struct stapc_place *place, u32 before);

/* What is written of an address. */
enum stapc_text_part {
	STAPC_TEXT_ADDRESS = 1, /* before the name */
	STAPC_TEXT_OFFSET = 2,
	STAPC_TEXT_SIZE = 4,
	STAPC_TEXT_FILE = 8,
	STAPC_TEXT_LINE = 16,
};

/*
 * What an address is called; its number, if it has no name. `place` may be NULL: nothing is known. A return address
 * goes by the place `before` it. To c->message; its length.
 */
u32 stapc_place_text(struct stapc_cpu *c, u64 address, const struct stapc_place *place, u32 parts, u32 before);

#endif /* STAPC_OBJECTS_H */
