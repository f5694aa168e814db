# What compilers do not make, or hardly ever: places by every operation of the location language. The function
# `stop` has a variable for each; its code is nothing.
	.text
	.globl	stop
	.type	stop, @function
stop:
	.cfi_startproc
	nop
	nop
	ret
	.cfi_endproc
	.size	stop, .-stop
.Lend:
	.data
	.globl	word
	.type	word, @object
	.size	word, 8
word:	.quad	1

	.section .debug_abbrev,"",@progbits
.Labbrev:
# 1: the unit
	.uleb128 1; .uleb128 0x11; .byte 1
	.uleb128 0x3; .uleb128 0x8
	.uleb128 0x13; .uleb128 0xb
	.uleb128 0x11; .uleb128 0x1
	.uleb128 0x12; .uleb128 0x7
	.byte 0, 0
# 2: a base type
	.uleb128 2; .uleb128 0x24; .byte 0
	.uleb128 0x3; .uleb128 0x8
	.uleb128 0xb; .uleb128 0xb
	.uleb128 0x3e; .uleb128 0xb
	.byte 0, 0
# 3: the function
	.uleb128 3; .uleb128 0x2e; .byte 1
	.uleb128 0x3; .uleb128 0x8
	.uleb128 0x3a; .uleb128 0xb
	.uleb128 0x3b; .uleb128 0xb
	.uleb128 0x11; .uleb128 0x1
	.uleb128 0x12; .uleb128 0x7
	.uleb128 0x40; .uleb128 0x18
	.byte 0, 0
# 4: a variable with a place
	.uleb128 4; .uleb128 0x34; .byte 0
	.uleb128 0x3; .uleb128 0x8
	.uleb128 0x49; .uleb128 0x13
	.uleb128 0x2; .uleb128 0x18
	.byte 0, 0
# 5: a variable that is a constant of some bytes
	.uleb128 5; .uleb128 0x34; .byte 0
	.uleb128 0x3; .uleb128 0x8
	.uleb128 0x49; .uleb128 0x13
	.uleb128 0x1c; .uleb128 0xa
	.byte 0, 0
# 6: a pointer
	.uleb128 6; .uleb128 0xf; .byte 0
	.uleb128 0x49; .uleb128 0x13
	.byte 0, 0
# 7: a structure; 8: a member of it
	.uleb128 7; .uleb128 0x13; .byte 1
	.uleb128 0x3; .uleb128 0x8
	.uleb128 0xb; .uleb128 0xb
	.byte 0, 0
	.uleb128 8; .uleb128 0xd; .byte 0
	.uleb128 0x3; .uleb128 0x8
	.uleb128 0x49; .uleb128 0x13
	.uleb128 0x38; .uleb128 0xb
	.byte 0, 0
# 9: what other expressions call
	.uleb128 9; .uleb128 0x36; .byte 0
	.uleb128 0x2; .uleb128 0x18
	.byte 0, 0
	.byte 0

# A variable and its place.
	.macro place name, type=long, code:vararg
	.uleb128 4
	.asciz "\name"
	.long .L\type - .Lunit
	.uleb128 2\@f - 1\@f
1\@:
	.byte \code
2\@:
	.endm

# A pointer to another variable, which is in no memory.
	.macro points name, to, offset
.Lvar_\name:
	.uleb128 4
	.asciz "\name"
	.long .Lpointer - .Lunit
	.uleb128 2\@f - 1\@f
1\@:
	.byte 0xa0
	.long \to - .Lunit
	.sleb128 \offset
2\@:
	.endm

	.section .debug_info,"",@progbits
.Lunit:
	.long .Lunit_end - .Lunit_start
.Lunit_start:
	.value 5
	.byte 1, 8
	.long .Labbrev
	.uleb128 1
	.asciz "expressions.s"
	.byte 0xc
	.quad stop
	.quad .Lend - stop
.Llong:
	.uleb128 2; .asciz "long"; .byte 8, 5
.Lint:
	.uleb128 2; .asciz "int"; .byte 4, 5
.Lbyte:
	.uleb128 2; .asciz "unsigned char"; .byte 1, 8
.Lreal:
	.uleb128 2; .asciz "double"; .byte 8, 4
.Lthree:
	.uleb128 7; .asciz "three"; .byte 24
	.uleb128 8; .asciz "a"; .long .Llong - .Lunit; .byte 0
	.uleb128 8; .asciz "b"; .long .Lint - .Lunit; .byte 8
	.uleb128 8; .asciz "p"; .long .Lpointer - .Lunit; .byte 16
	.byte 0
.Lpointer:
	.uleb128 6; .long .Lthree - .Lunit
.Lprocedure:
	.uleb128 9
	.uleb128 2f - 1f
1:	.byte 0x23, 5
2:
	.uleb128 3
	.asciz "stop"
	.byte 0, 1
	.quad stop
	.quad .Lend - stop
	.uleb128 1
	.byte 0x9c
# Registers and what they point to.
	place register, long, 0x53
	place far_register, long, 0x90, 12
	place at_register, int, 0x73, 16
	place at_far_register, int, 0x92, 12, 0x78
	place in_frame, int, 0x91, 0x68
	place at_cfa, long, 0x9c, 0x23, 8
# The stack of the calculation.
	place duplicated, long, 0x73, 0, 0x12, 0x1e, 0x9f
	place over, long, 0x73, 1, 0x76, 2, 0x14, 0x1c, 0x1c, 0x9f
	place picked, long, 0x73, 1, 0x76, 2, 0x7c, 3, 0x15, 2, 0x22, 0x22, 0x22, 0x9f
	place swapped, long, 0x73, 0, 0x76, 0, 0x16, 0x1c, 0x9f
	place rotated, long, 0x73, 0, 0x76, 0, 0x7c, 0, 0x17, 0x1c, 0x1c, 0x9f
	place dropped, long, 0x73, 0, 0x76, 0, 0x13, 0x9f
# Arithmetic.
	place divided, long, 0x73, 0, 0x33, 0x1b, 0x9f
	place remainder, long, 0x73, 0, 0x37, 0x1d, 0x9f
	place masked, long, 0x73, 0, 0x3f, 0x1a, 0x76, 0, 0x21, 0x31, 0x27, 0x9f
	place shifted, long, 0x73, 0, 0x34, 0x24, 0x32, 0x25, 0x31, 0x26, 0x9f
	place absolute, long, 0x73, 0, 0x19, 0x9f
	place negated, long, 0x73, 0, 0x1f, 0x20, 0x9f
	place less, long, 0x73, 0, 0x76, 0, 0x2d, 0x9f
	place compared, long, 0x73, 0, 0x30, 0x29, 0x76, 0, 0x31, 0x2e, 0x21, 0x9f
	place ordered, long, 0x73, 0, 0x30, 0x2a, 0x76, 0, 0x31, 0x2b, 0x22, 0x7c, 0, 0x32, 0x2c, 0x22, 0x9f
# Constants of each width.
	place constants, long, 0x08, 200, 0x09, 0x80, 0x22, 0x0a, 0, 0xff, 0x22, 0x0b, 0, 0x80, 0x22, 0x10, 0x80, 1, 0x22, 0x11, 0x7f, 0x22, 0x9f
	place long_constants, long, 0x0c, 0, 0, 0, 0x80, 0x0d, 0, 0, 0, 0x80, 0x22, 0x0e, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 0x9f
# Memory within the calculation.
	place loaded, long, 0x73, 0, 0x06, 0x23, 8
	place loaded_bytes, long, 0x73, 0, 0x94, 2, 0x76, 0, 0x94, 1, 0x22, 0x9f
	place loaded_twice, int, 0x73, 8, 0x06, 0x06
# Control.
	place skipped, long, 0x31, 0x2f, 1, 0, 0x32, 0x96, 0x9f
	place branched, long, 0x73, 0, 0x28, 5, 0, 0x76, 0, 0x2f, 2, 0, 0x7c, 0, 0x9f
	place branched_memory, int, 0x73, 0, 0x28, 5, 0, 0x76, 4, 0x2f, 2, 0, 0x7c, 8
	place called, long, 0x73, 0, 0x99, .Lprocedure - .Lunit, 0, 0, 0
# Values of types.
	place converted, long, 0x73, 0, 0xa8, .Lbyte - .Lunit, 0xa8, 0, 0x9f
	place typed, long, 0xa4, .Lint - .Lunit, 4, 0xff, 0xff, 0xff, 0xff, 0xa8, 0, 0x9f
	place typed_register, long, 0xa5, 3, .Lint - .Lunit, 0xa8, 0, 0x9f
	place real, real, 0x73, 0, 0xa8, .Lreal - .Lunit, 0x9f
# Several places.
	place bytes, long, 0x9e, 8, 1, 2, 3, 4, 5, 6, 7, 0x80
	place many_bytes, three, 0x9e, 24, 1, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
	place pieces, three, 0x53, 0x93, 8, 0x76, 0, 0x93, 4, 0x93, 4, 0x9c, 0x93, 8
	place bit_pieces, long, 0x53, 0x9d, 12, 4, 0x56, 0x9d, 20, 0, 0x5c, 0x93, 4
	place split, long, 0x53, 0x93, 2, 0x73, 1, 0x93, 6
	place unaligned, long, 0x53, 0x9d, 1, 0, 0x76, 3, 0x9d, 63, 5
	place pieces_gone, three, 0x53, 0x93, 8, 0x93, 16
# A pointer to what is in no memory.
.Lpieces_of:
	place pointed, three, 0x53, 0x93, 8, 0x56, 0x93, 8, 0x5c, 0x93, 8
	points pointer, .Lpieces_of, 0
	points into_pointed, .Lpieces_of, 8
	points at_itself, .Lvar_at_itself, 0
# What cannot be.
	place endless, long, 0x2f, 0xfd, 0xff
	place no_value, long, 0x22
	place into_operation, long, 0x2f, 1, 0, 0x0a, 0, 0, 0x9f
	place unknown_step, long, 0xe9
	place wide_load, long, 0x73, 0, 0x94, 16, 0x9f
	place space, long, 0x73, 0, 0x30, 0x18, 0x9f
	place object, long, 0x97, 0x9f
	place empty, long
	.uleb128 5
	.asciz "block"
	.long .Lint - .Lunit
	.byte 4, 0xfe, 0xff, 0xff, 0xff
	.byte 0
	.byte 0
.Lunit_end:
	.section .note.GNU-stack,"",@progbits
