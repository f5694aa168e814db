/* What the scripts of programs probe: known values in every shape, looked at once each. */
#include <stdio.h>
#include <string.h>
#include <sys/sdt.h>
#include <unistd.h>

#include "library.h"

#define NOINLINE __attribute__((noinline, noclone))
/* The compiler must have stored all of it. */
#define STORED(thing) asm volatile("" : : "r"(&(thing)) : "memory")

enum colour { RED, GREEN = 7, BLUE = -2 };

struct node {
	struct node *next;
	char name[12];
	int low : 3;
	unsigned middle : 5;
	long high : 40;
	union {
		unsigned int word;
		unsigned char bytes[4];
	};
	short table[2][3];
	enum colour colour;
	const char *text;
	union {
		struct {
			int first, second;
		} both;
		long whole;
	} either;
};

struct wide {
	long first, second;
};

int counter = 40;
static volatile long secret = -99;
unsigned short list[4] = { 10, 20, 30, 65535 };

NOINLINE long widths(char c, unsigned char uc, short s, unsigned short us, int i, unsigned int u, long l,
		     unsigned long ul)
{
	return c + uc + s + us + i + u + l + (long)ul + secret;
}

NOINLINE int follow(struct node *node, const struct node *other)
{
	return node->next->colour + other->table[1][2] + list[3];
}

static inline __attribute__((always_inline)) int square(int side)
{
	int area = side * side;

	counter += area;
	return area;
}

NOINLINE int middle(int times, const char *word)
{
	int sum = 0;
	int length = strlen(word);

	for (int round = 0; round < times; round++) {
		sum += square(round + 1);
		list[0] = sum + length; /* at: middle */
	}
	return sum;
}

/* Not made a loop. */
__attribute__((optimize("no-optimize-sibling-calls"))) NOINLINE long factorial(long n)
{
	return n < 2 ? 1 : n * factorial(n - 1);
}

NOINLINE struct node *pick(struct node *from, int which)
{
	return which ? from->next : from;
}

NOINLINE void marked(int a, unsigned char b, long c, const char *text)
{
	STAP_PROBE(targets, plain);
	STAP_PROBE4(targets, values, a, b, c, text);
}

NOINLINE int spill(struct pair pair, double fraction)
{
	return pair.left + pair.right + (int)fraction;
}

NOINLINE struct wide build(int *from, unsigned char *bytes, long (*function)(long))
{
	struct wide wide = { from[1], bytes[2] };

	if (!function)
		goto out;
	wide.first += 1;
out:
	return wide;
}

int main(int argc, char **argv)
{
	struct node last = { .name = "last", .low = -1, .middle = 21, .high = -5, .word = 0x44332211, .colour = BLUE,
			     .table = { { 1, 2, 3 }, { -4, -5, -6 } }, .text = "the end", .either = { { 3, -3 } } };
	struct node first = { .next = &last, .name = "first", .low = 3, .middle = 31, .high = 1l << 38, .colour = GREEN,
			      .text = "a start" };
	struct pair pair = { 11, -22 };
	int numbers[] = { 5, -6, 7 };
	unsigned char bytes[] = { 1, 2, 250 };
	char buffer[64];
	long sum = 0;

	STORED(first);
	STORED(last);
	STORED(numbers);
	STORED(bytes);
	/* What is in memory has been touched. */
	snprintf(buffer, sizeof(buffer), "%s %s %s", first.text, last.text, argv[0]);
	sum += widths(-1, 255, -32768, 65535, -2147483647, 4294967295u, -1l << 62, ~0ul);
	sum += follow(&first, &last);
	sum += middle(3, "word");
	sum += factorial(5);
	sum += pick(&first, 1)->colour;
	marked(-7, 200, 1l << 40, last.text);
	sum += spill(pair, 0.5);
	sum += build(numbers, bytes, factorial).second;
	sum += scale(pair, 3);
	sum += read(-1, buffer, 33);
	sum += write(-3, "known", 5);
	sum += lseek(-7, 0x123456789abl, SEEK_END);
	puts("done");
	return argc + sum == 0;
}
