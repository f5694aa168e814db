/* A small program with something of everything that debug information tells: what fuzzing begins with. */
typedef unsigned long number;
typedef const volatile number odd_number;

enum kind { NONE, ONE = 1, MINUS = -5 };
enum large { LARGE = 0x123456789abcll };

struct list;
struct unknown;

struct list {
	struct list *next, *previous;
	enum kind kind : 3;
	unsigned int bits : 7;
	long wide : 40;
	union {
		odd_number value;
		char text[8];
		struct {
			short low, high;
		};
	};
	int table[2][3];
	int (*call)(struct list *, int);
	struct unknown *unknown;
	char rest[];
};

struct pair { long first, second; };

long global = 3;
static struct pair kept = { 1, 2 };

static inline __attribute__((always_inline)) long inlined(struct list *list, long by)
{
	long inner = list->value * by;
	return inner + by;
}

__attribute__((noinline)) long walk(struct list *list, int count, struct pair pair, double x)
{
	long sum = x;
	for (int i = 0; i < count; i++) {
		long array[2] = { i, pair.first };
		sum += inlined(list, array[i & 1]);
		if (list->call)
			goto found;
		list = list->next;
	}
	return sum;
found:
	return list->call(list, count) + kept.second++;
}

struct pair both(enum kind kind, enum large large, float f)
{
	struct pair pair = { walk(0, kind, kept, f), large };
	return pair;
}

/* What is shown of it must have an end. */
struct huge { int table[1l << 40][3]; struct pair pairs[1l << 40]; };

long far(struct huge *huge)
{
	return huge->table[3][1] + huge->pairs[7].first;
}

void _start(void)
{
	global += far(0);
	global += both(ONE, LARGE, 2).first;
	for (;;)
		;
}
