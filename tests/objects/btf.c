/* What BTF has of types, in functions that clang compiles for BPF: what fuzzing begins with. */
typedef unsigned long long number;
typedef const volatile number odd_number;

enum kind { NONE, ONE = 1, MINUS = -5 };
enum large { LARGE = 0x123456789abcll };

struct unknown;
union not_there;

struct list {
	struct list *next, *previous;
	enum kind kind;
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
	int (*call)(struct list *, int, ...);
	struct unknown *unknown;
	union not_there *restrict other;
	double real;
	char rest[];
};

struct list *global;
static volatile enum large large = LARGE;

__attribute__((noinline)) long walk(struct list *list, int count, const char *text)
{
	return list->value + count + text[0];
}

int main(struct list *list, _Bool flag)
{
	global = list;
	return walk(list, flag + large, list->text);
}
