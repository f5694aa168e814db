/* Variables of a whole program, of a file, of a function, of each thread. */

#define SEPARATE __attribute__((noinline))

struct pair { int a, b; };
struct list { struct list *next; struct pair pair; const char *words[3]; };

int counter = 77;
static long hidden = -12345678901;
struct pair pair = { 21, -22 };
struct list last = { 0, { 1, 2 }, { "one", "two", "three" } };
struct list *head = &last;
unsigned char bytes[16] = "sixteen bytes";
struct list lists[3];
volatile long sink;

__thread int per_thread = 5;
static __thread struct pair threads_pair = { 7, 8 };
__thread long threads_array[4];
__thread struct list *threads_head;

SEPARATE long kept(int n)
{
	static int times = 3;
	static struct pair pairs[2];
	times += n;
	hidden += n;
	pairs[1].a = n;
	sink = times; /* at: kept */
	return times + pairs[0].b + hidden + counter;
}

SEPARATE long threads(int n)
{
	per_thread += n;
	threads_pair.b += n;
	threads_array[n & 3]++;
	sink = threads_head ? threads_head->pair.a : per_thread; /* at: threads */
	return sink + threads_pair.a;
}

SEPARATE long shadows(int counter)
{
	sink = counter; /* at: shadows */
	return counter + lists[1].pair.a + bytes[2] + pair.a + head->pair.b;
}
