/* Variables in registers, in pieces, in nothing but what the compiler knows of them. */

#define SEPARATE __attribute__((noinline))
#define COPIED static inline __attribute__((always_inline))

struct point { int x, y; };
struct wide { long a, b, c; };
struct node { struct node *next; struct point at; };

volatile long source;

/* In assembler: what it may change is not looked at. */
__asm__(".text\n.globl pin\npin:\n\tmov %rdi, %rax\n\tret\n");
extern long pin(long value) __attribute__((visibility("hidden")));

/* In registers, which calls make it save. */
SEPARATE long lives(long a, long b, struct node *node)
{
	long sum = pin(a) + b;
	sum += pin(b); /* at: lives */
	sum += node->at.x;
	return pin(sum) + a; /* at: lived */
}

/* Taken apart. */
SEPARATE long apart(long a, long b)
{
	struct wide wide = { pin(a), pin(b), 3 };
	struct point point = { pin(a + 1), pin(b + 1) };
	pin(a); /* at: apart */
	wide.a += point.x;
	wide.b += point.y;
	pin(wide.a); /* at: still-apart */
	return wide.a + wide.b + wide.c + point.x + point.y;
}

/* Known beforehand. */
SEPARATE long known(long a)
{
	const long answer = 42;
	int minus = -7;
	unsigned char byte = 200;
	const char *text = "text";
	enum { NONE, SOME } some = SOME;
	double real = 2.5;
	pin(a + minus + byte + some); /* at: known */
	return a + answer + (long)text[a] + (long)real;
}

/* What it points to is in no memory. */
COPIED long sum(const struct point *point, const struct wide *wide)
{
	pin(point->x); /* at: implicit */
	return point->x + point->y + wide->b;
}

SEPARATE long implicit(long a)
{
	struct point point = { pin(a), 5 };
	struct wide wide = { a, pin(a + 1), 6 };
	long first = sum(&point, &wide);
	pin(first);
	return first + a;
}

/* Only its callers know what it was called with. */
static SEPARATE long entered(long a, long b, long c)
{
	pin(a + b + c);
	pin(5); /* at: entered */
	return pin(6);
}

static SEPARATE long through(long a, long x)
{
	long one = entered(x, 2, a + 1);
	one += pin(x); /* at: through */
	return one + pin(7) + pin(8);
}

SEPARATE long enters(long x, struct node *node)
{
	long one = entered(1, 2, x);
	long two = entered(node->at.x, 3, source);
	long three = through(4, two);
	return one + two + three + through(5, x) + node->at.y;
}

/* Others may call it: what they pass is not known. */
SEPARATE long open(long a)
{
	pin(a);
	return pin(5); /* at: open */
}

/* Copies in a caller. */
COPIED long scaled(long value, int factor)
{
	long product = value * factor;
	pin(product); /* at: scaled */
	return product;
}

COPIED long twice(long value)
{
	return scaled(value, 2) + scaled(value, 3);
}

SEPARATE long copies(long x, struct node *node)
{
	long one = twice(x);
	long two = scaled(node->at.x, node->at.y);
	return one + two;
}

/* Nothing is left of it. */
SEPARATE long gone(long a, long b)
{
	long unused = a * b;
	long early = pin(a);
	pin(b);
	return pin(3); /* at: gone */
}

SEPARATE long walk(struct node *node)
{
	long sum = 0;
	while (node) {
		sum += pin(node->at.x); /* at: walk */
		node = node->next;
	}
	return sum;
}
