	# Functions whose frames are of all the forms that are told apart.
	.text
	.globl	start
	.type	start, @function
	.globl	start_of_all
	.type	start_of_all, @function
start:
start_of_all:
label:
	.cfi_startproc
	.cfi_undefined rip
	nop
	hlt
	.cfi_endproc
	.size	start, . - start
	.size	start_of_all, . - start_of_all

	# Nothing is said of it, not even how long it is.
	.type	bare, @function
bare:
	nop
	ret

	.type	pushed, @function
pushed:
	.cfi_startproc
	push	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset rbp, -16
	mov	%rsp, %rbp
	.cfi_def_cfa_register rbp
	pop	%rbp
	.cfi_def_cfa rsp, 8
	.cfi_restore rbp
	ret
	.cfi_endproc
	.size	pushed, . - pushed

	# CFA = *(rbp - 200); rbp is at rbp
	.type	aligned, @function
aligned:
	.cfi_startproc
	.cfi_escape 0x0f, 4, 0x76, 0xb8, 0x7e, 0x06
	.cfi_escape 0x10, 6, 2, 0x76, 0
	nop
	.cfi_endproc
	.size	aligned, . - aligned

	# Counted from r10, and rbp is in r11.
	.type	elsewhere, @function
elsewhere:
	.cfi_startproc
	.cfi_def_cfa r10, 0
	.cfi_register rbp, r11
	nop
	.cfi_endproc
	.size	elsewhere, . - elsewhere

	.type	signal, @function
signal:
	.cfi_startproc
	.cfi_signal_frame
	nop
	.cfi_endproc
	.size	signal, . - signal

	# CFA = rsp + 8 + ((rip & 15) >= 11) * 8
	.balign	16
	.type	linkage, @function
linkage:
	.cfi_startproc
	.cfi_escape 0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22
	.fill	32, 1, 0x90
	.cfi_endproc
	.size	linkage, . - linkage
	.type	behind, @function
behind:
	nop
	.size	behind, . - behind

	.data
	.type	filled, @object
filled:
	.quad	1
	.size	filled, . - filled
	.bss
	.type	zeros, @object
zeros:
	.zero	4096
	.size	zeros, . - zeros
	.section .note.GNU-stack,"",@progbits
