/* Compiled by the tests: types and functions to be found in its DWARF. */
#define KEPT __attribute__((noinline, noclone, used))

typedef unsigned int u32_t;
typedef const volatile u32_t chained_t;
enum small { NONE, SOME };
enum negative { BELOW = -1, ABOVE = 1 };

struct hidden;
struct twice;

struct inner {
	int x, y;
};

struct outer {
	char first;
	chained_t chained;
	union {
		long either;
		struct {
			short deep;
			short deeper;
		};
	};
	unsigned int low : 3, high : 5;
	long wide : 40;
	_Bool flag : 1;
	struct inner *pointer;
	struct inner *pointers[3];
	int matrix[2][5];
	enum small small;
	enum negative negative;
	double real;
	void *nothing;
	int (*call)(int);
	struct hidden *hidden;
	struct twice *twice;
	struct outer *self;
	unsigned char endless[];
};

struct large {
	long words[4];
};

struct packed {
	unsigned char before : 6;
	unsigned int across : 12;
} __attribute__((packed));

extern int sink(const void *);

KEPT int entry(struct outer *it, char small, unsigned long count, const char *text, int fifth, long sixth, int seventh)
{
	return sink(it) + small + count + *text + fifth + sixth + seventh;
}

KEPT long by_value(struct inner pair, __int128 wide, struct large large, long after)
{
	return pair.x + (long)wide + large.words[1] + after;
}

KEPT struct large gives_large(int number)
{
	struct large made = { { number } };
	return made;
}

KEPT void unused(int ignored, struct packed *packed)
{
	sink(packed);
}

/* Takes a pointer, of which only one word is looked at: GCC passes that instead. */
static __attribute__((noinline)) long changed(struct inner *pair, int ignored, long add)
{
	return sink((void *)(long)pair->x) * add;
}

static inline __attribute__((always_inline)) int everywhere(int number)
{
	return sink((void *)(long)number) + 1;
}

static KEPT int same(int number)
{
	return sink(&number);
}

int callers(struct inner *one, struct inner *other, long add)
{
	return changed(one, 1, add) + changed(other, 2, add * add) + everywhere(3) + same(4);
}
