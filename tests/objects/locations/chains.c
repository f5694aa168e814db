/* Types of every kind, and functions that are given them: what is followed from a variable. */

#define SEPARATE __attribute__((noinline))

typedef unsigned int u32;
typedef const volatile u32 odd_t;
typedef int row_t[3];

enum color { RED = 1, GREEN = 2, BLUE = 40 };
enum sign { BELOW = -3, ABOVE = 3 };

struct inner {
	short low;
	struct inner *next;
	unsigned char bytes[4];
};

struct outer {
	int first;
	struct inner inside;
	struct inner *out;
	struct inner **handle;
	char name[12];
	const char *text;
	long table[3];
	short matrix[2][3];
	row_t rows[2];
	enum color color;
	enum sign sign;
	_Bool truth;
	struct inner many[2];
	struct inner *pointers[4];
	long (*call)(long);
	odd_t odd;
	double real;
	void *nothing;
};

struct bits {
	unsigned int one : 1;
	unsigned int three : 3;
	int minus : 5;
	unsigned int rest : 23;
	unsigned long wide : 40;
	long negative : 20;
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
			union {
				u32 deepest : 12;
				u32 all;
			};
		};
	};
};

struct flexible {
	int count;
	struct inner *rest[];
};

struct incomplete;

volatile long sink;

SEPARATE long scalars(signed char a, unsigned char b, short c, unsigned short d, int e, u32 f)
{
	sink = a;
	return b + c + d + e + f;
}

SEPARATE long wide(long a, unsigned long b, _Bool c, char d, long long e, enum color f, enum sign g, short h)
{
	sink = a;
	return b + c + d + e + f + g + h;
}

SEPARATE long structures(struct outer *o, struct bits *b, struct packed *p, union any *u, struct tagged *t,
			 struct flexible *f)
{
	sink = o->first;
	return b->one + p->head + u->half + t->tag + f->count;
}

SEPARATE long pointers(struct outer **oo, struct inner ***iii, char **argv, int (*rows)[3], void *nothing,
		       struct incomplete *unknown)
{
	sink = (*oo)->first;
	return (**iii)->low + argv[0][0] + rows[0][1] + !nothing + !unknown;
}

SEPARATE struct outer *returned(struct outer *o, long n)
{
	sink = n;
	return o->first > n ? o : 0;
}

SEPARATE signed char narrow(long n)
{
	sink = n;
	return n;
}

SEPARATE void empty(long n)
{
	sink = n;
}

struct small { int a, b; };
struct two { long a, b; };
struct large { long a[5]; };

SEPARATE long by_value(struct small small, struct two two, struct large large)
{
	sink = small.a;
	return small.b + two.a + two.b + large.a[2];
}

SEPARATE struct small small_returned(int n)
{
	sink = n;
	return (struct small){ n, n + 1 };
}

SEPARATE struct large large_returned(int n)
{
	sink = n;
	return (struct large){ { n } };
}
