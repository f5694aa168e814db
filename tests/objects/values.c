/*
 * A program without a library whose variables `tests/objects.rs` reads: as the scripts of `values/`
 * say they are read, where a debugger stops. Lines that scripts name end with a comment `at: NAME`.
 *
 * Nothing here is known to the compiler before it runs: numbers come out of volatile variables and
 * pass through `pin`, which is in assembler.
 */
__asm__(
	".text\n"
	".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	and $-16, %rsp\n"
	"	call run\n"
	"	mov $60, %eax\n"
	"	xor %edi, %edi\n"
	"	syscall\n"
	".globl pin\n"
	"pin:\n"
	"	mov %rdi, %rax\n"
	/* Whatever calls may overwrite is overwritten. */
	"	xor %ecx, %ecx\n"
	"	xor %edx, %edx\n"
	"	xor %esi, %esi\n"
	"	xor %edi, %edi\n"
	"	xor %r8d, %r8d\n"
	"	xor %r9d, %r9d\n"
	"	xor %r10d, %r10d\n"
	"	xor %r11d, %r11d\n"
	"	ret\n"
);

#define SEPARATE __attribute__((noinline))

extern long pin(long value);

typedef unsigned int u32;
typedef const u32 odd_u32;
typedef odd_u32 odder_u32;

enum color { RED = 1, GREEN = 2, BLUE = 40 };
enum sign { BELOW = -3, ABOVE = 3 };
typedef enum color color_t;

struct inner {
	short low;
	struct inner *next;
	unsigned char bytes[4];
};

struct outer {
	int first;
	struct inner inside;
	struct inner *out;
	char name[12];
	const char *text;
	long table[3];
	short matrix[2][3];
	color_t color;
};

struct bits {
	unsigned int one : 1;
	unsigned int three : 3;
	int minus : 5;
	unsigned int rest : 23;
	unsigned long wide : 40;
	long negative : 20;
	unsigned char flag : 1;
	_Bool truth : 1;
};

struct __attribute__((packed)) packed {
	unsigned char head;
	unsigned int across : 30;
	int behind : 9;
	unsigned short odd;
	long unaligned;
};

union any {
	long whole;
	int half;
	unsigned char bytes[8];
	struct {
		short first, second;
	} pair;
};

struct tagged {
	int tag;
	union {
		long number;
		const char *text;
	};
	struct {
		short deep;
		struct {
			signed char deeper;
		};
	};
};

struct small { int a, b; };
struct odd { short a; char b; };
struct two { long a, b; };
struct mixed { int a; long b; };
struct large { long a[5]; };

volatile long input = 5;
volatile signed char minus_one = -1;
int counter = 77;
static long hidden = -12345678901;
struct small pair_of_globals = { 21, -22 };
const char *words[3] = { "first", "second", "third" };
struct inner last = { -7, 0, { 4, 3, 2, 1 } };
struct outer object = {
	100, { -200, &last, { 9, 8, 7, 255 } }, &last, "a name", "some text", { 1, -2, 3000000000 },
	{ { 1, 2, 3 }, { -4, -5, -6 } }, BLUE,
};

/* Parameters of each width, in all registers of integers. */
SEPARATE void widths(signed char a, unsigned char b, short c, unsigned short d, int e, unsigned f)
{
	pin(input);
	pin(a + b + c + d + e + f); /* at: widths */
	pin(a - b - c - d - e - f);
}

/* More parameters than there are registers. */
SEPARATE void wide(long a, unsigned long b, _Bool c, char d, long long e, u32 f, long g, short h,
		   unsigned char i)
{
	pin(a + b);
	pin(c + d); /* at: wide */
	pin(a + b + c + d + e + f + g + h + i);
}

/* Numbers of floating point are in other registers. */
SEPARATE void floats(int a, double x, long b, float y, short c)
{
	pin(a);
	pin(b + c); /* at: floats */
	pin((long)(x + y) + a + b + c);
}

SEPARATE long chain(struct outer *o, int index)
{
	pin(index);
	pin(o->first); /* at: chain */
	return o->table[index] + o->out->low;
}

SEPARATE void bit_fields(struct bits *b, struct packed *p)
{
	pin(b->one);
	pin(p->head); /* at: bit_fields */
	pin(b->wide + p->unaligned);
}

SEPARATE void unions(union any *u, struct tagged *t)
{
	pin(u->half);
	pin(t->tag); /* at: unions */
	pin(u->whole + t->number);
}

SEPARATE void enumerations(enum color c, enum sign s, color_t *p, volatile odder_u32 *q,
			   odder_u32 n)
{
	pin(c);
	pin(s); /* at: enumerations */
	pin(*p + *q + c + s + n);
}

SEPARATE void pointers(int **pp, struct inner ***ppp, const char **strings, void *any)
{
	pin(**pp);
	pin((**ppp)->low); /* at: pointers */
	pin(**pp + (**ppp)->low + *strings[0] + (any != 0));
}

/* Structures by value: in one register, in two, on the stack. */
SEPARATE void by_value(struct small s, struct odd o, struct two t, struct mixed m, struct large l)
{
	pin(s.a);
	pin(t.a); /* at: by_value */
	pin(s.a + s.b + o.a + o.b + t.a + t.b + m.a + m.b + l.a[0] + l.a[4]);
}

static inline __attribute__((always_inline)) long copied(long v, int w)
{
	long product = pin(v) * w;
	pin(product); /* at: copied */
	return product + v + w;
}

SEPARATE void copies(long x)
{
	long one = copied(x, 3);
	long two = copied(x + 100, -4);
	pin(one + two);
	pin(x + one - two);
}

SEPARATE void locals(int start)
{
	int number = pin(start + 1);
	unsigned char small = pin(start + 250);
	long array[4] = { 10, 20, pin(30), 40 };
	struct small pair = { number, -number };
	struct inner inner = { 3, &last, { 1, 2, 3, 4 } };
	struct inner *pointer = &inner;
	char text[8] = "local";
	pin((long)&array);
	pin((long)&pair);
	pin((long)pointer);
	pin((long)&text);
	pin(number); /* at: locals */
	pin(number + small + array[2] + pair.b + pointer->low + text[0] + start);
}

SEPARATE void blocks(int value)
{
	int shadowed = pin(value);
	if (value > 0) {
		long shadowed = pin(value * 10);
		int times = pin(2);
		for (int i = 0; i < times; i++) {
			long shadowed = pin(value * 100 + i);
			pin(shadowed); /* at: inner_block */
			pin(shadowed + i);
		}
		pin(shadowed); /* at: middle_block */
		pin(shadowed);
	}
	pin(shadowed); /* at: outer_block */
	pin(shadowed + value);
}

/* A structure that the compiler may take apart, and a number that it knows. */
SEPARATE void apart(long a)
{
	struct two split = { pin(a), pin(a * 2) };
	const int known = 42;
	int unused = 43;
	(void)unused;
	pin(a); /* at: apart */
	pin(split.a);
	pin(split.b + known);
}

/* What is not used any more may be overwritten. */
SEPARATE void gone(long early, long late)
{
	pin(early);
	pin(late);
	pin(late); /* at: gone */
	pin(late);
}

/* A frame of a size that is not known, and pushed arguments. */
SEPARATE void frame(int count, long seed)
{
	long array[count];
	for (int i = 0; i < count; i++)
		array[i] = pin(seed + i);
	wide(array[0], 2, 1, 'x', -5, 6, 7, -8, 249);
	pin(array[1]); /* at: frame */
	pin((long)array + count + seed);
}

SEPARATE long recursive(int depth)
{
	long mine = pin(depth * 11);
	if (depth == 0)
		return 1;
	long inner = recursive(depth - 1);
	pin(mine); /* at: recursive */
	return mine + inner + depth;
}

SEPARATE void statics(void)
{
	static int times = 3;
	static struct small kept = { 5, -6 };
	times += pin(1);
	kept.b += pin(-1);
	pin(kept.b);
	pin(times + hidden); /* at: statics */
	hidden++;
}

SEPARATE signed char returns_char(int a) { return pin(a); }
SEPARATE unsigned short returns_short(int a) { return pin(a); }
SEPARATE struct outer *returns_pointer(int a) { return pin(a) ? &object : 0; }
SEPARATE struct small returns_small(int a) { return (struct small){ pin(a), -a }; }
SEPARATE struct two returns_two(int a) { return (struct two){ pin(a), -a }; }
SEPARATE struct large returns_large(int a) { return (struct large){ { pin(a), 2, 3, 4, -a } }; }

/* A parameter that only the name says something of. */
static SEPARATE long dropped(long used, long unused) { return pin(used * 3); }

/* What only those know by then that call it: a number, what a register of theirs holds, what theirs know. */
static SEPARATE long told(long a, long b, long c)
{
	pin(a + b + c);
	pin(input); /* at: told */
	return pin(6) + 1;
}

static SEPARATE long tells(long x, long y)
{
	long sum = told(x, 7, y + 1);
	return sum + pin(y) + pin(8);
}

/* Pointers to what is in no memory. */
static inline __attribute__((always_inline)) long pointed(const struct small *s, const struct two *t)
{
	pin(s->a);
	return s->a + s->b + t->b;
}

SEPARATE long points(long n)
{
	struct small small = { pin(n), 6 };
	struct two two = { n, pin(n + 1) };
	long sum = pointed(&small, &two);
	pin(sum);
	return sum + n;
}

void run(void)
{
	static int target = 31, *to_target = &target;
	static struct inner *to_last = &last, **to_to_last = &to_last;
	static struct bits bits = { 1, 5, -9, 0x7abcde, 0xabcdef0123, -300000, 1, 1 };
	static struct packed packed = { 200, 0x2bcdef01, -200, 54321, -99999999999 };
	/* Characters without an end. */
	static union any any = { 0x4847464544434241 };
	static struct tagged tagged = { 6, { 1234567890123 }, { -321, { -12 } } };
	static u32 odd = 4000000000;
	static color_t blue = BLUE;
	long n = input;

	widths(minus_one, n + 245, n - 30005, n + 59995, n - 2000000005, n + 3999999995);
	wide(-1, -2, n, 'd', n - 9000000000000000005, 4294967295, n + 70, -80, n + 250);
	floats(n, n + 0.5, n * 1000000000000, n + 1.5f, n - 10);
	chain(&object, n - 3);
	bit_fields(&bits, &packed);
	unions(&any, &tagged);
	enumerations(pin(GREEN), pin(BELOW), &blue, &odd, odd - 1);
	pointers(&to_target, &to_to_last, words, &any);
	by_value((struct small){ n, -n }, (struct odd){ n - 305, 'o' }, (struct two){ n << 40, -n },
		 (struct mixed){ -n, n << 33 }, (struct large){ { n + 1, 2, 3, 4, n - 100 } });
	copies(n);
	locals(n);
	blocks(n);
	apart(n);
	gone(n, n + 1);
	frame(n, 60);
	recursive(2);
	statics();
	pin(returns_char(n - 100));
	pin(returns_short(n + 65000));
	pin(returns_pointer(n)->first);
	pin(returns_small(n).b);
	pin(returns_two(n).b);
	pin(returns_large(n).a[4]);
	pin(dropped(n, 9));
	pin(told(1, -2, n + 3) + tells(4, n + 10) + tells(n, 20));
	points(n);
	pin(pair_of_globals.a + counter);
}
