/* A program with marks, whose notes are written by hand: no header is needed, and odd operands are possible. */
#include <stdlib.h>

#define NOTE(provider, name, semaphore, args)                                                                          \
    "990: nop\n"                                                                                                       \
    ".pushsection .note.stapsdt, \"?\", \"note\"\n"                                                                    \
    ".balign 4\n"                                                                                                      \
    ".4byte 992f-991f, 994f-993f, 3\n"                                                                                 \
    "991: .asciz \"stapsdt\"\n"                                                                                        \
    "992: .balign 4\n"                                                                                                 \
    "993: .8byte 990b\n"                                                                                               \
    ".8byte _.stapsdt.base\n"                                                                                          \
    ".8byte " semaphore "\n"                                                                                           \
    ".asciz \"" provider "\"\n"                                                                                        \
    ".asciz \"" name "\"\n"                                                                                            \
    ".asciz \"" args "\"\n"                                                                                            \
    "994: .balign 4\n"                                                                                                 \
    ".popsection\n"                                                                                                    \
    ".ifndef _.stapsdt.base\n"                                                                                         \
    ".pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n"                                        \
    ".weak _.stapsdt.base\n"                                                                                           \
    ".hidden _.stapsdt.base\n"                                                                                         \
    "_.stapsdt.base: .space 1\n"                                                                                       \
    ".size _.stapsdt.base, 1\n"                                                                                        \
    ".popsection\n"                                                                                                    \
    ".endif\n"

__attribute__((section(".probes"), used)) unsigned short watched = 0;
int table[4] = {1, 2, 3, 4};

__attribute__((noinline)) int twice(int number)
{
    __asm__ volatile(NOTE("first", "plain", "0", "-4@%edi 8@$5 4@table+8(%rip)"));
    return 2 * number;
}

__attribute__((noinline)) int thrice(int number)
{
    __asm__ volatile(NOTE("second", "counted", "watched", "8f@%xmm0 8@%fs:0 nonsense 4@nothing(%rip)"));
    __asm__ volatile(NOTE("second", "plain", "0", ""));
    return 3 * number;
}

int main(int count, char **words)
{
    char *value = getenv(words[twice(count)]);
    return thrice(count) + atoi(value);
}
