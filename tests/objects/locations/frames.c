/* Variables in frames: where code is not optimised they all are. */

#define SEPARATE __attribute__((noinline))

struct point { int x, y; };
struct line { struct point from, to; const char *name; };

volatile long sink;

SEPARATE void use(const void *what)
{
	sink = (long)what;
}

SEPARATE long locals(int count, const char *text)
{
	struct line line = { { 1, 2 }, { count, 4 }, text };
	struct point points[3] = { { 1, 1 }, { 2, 2 }, { count, 3 } };
	struct point *at = &points[1];
	short matrix[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
	char letters[8] = "letters";
	unsigned char byte = count;
	long long wide = -count;
	use(&line);
	use(points); /* at: locals */
	use(at);
	use(matrix);
	use(letters);
	return byte + wide;
}

SEPARATE long blocks(int n)
{
	int outer = n + 1;
	use(&outer);
	{
		int inner = n + 2, outer = 7;
		use(&inner); /* at: inner */
		use(&outer);
	}
	for (int n = 0; n < 2; n++)
		use(&n); /* at: loop */
	return outer; /* at: behind */
}

/* As many bytes as a caller wants: the frame is counted from another register. */
SEPARATE long grows(int n, int index)
{
	int array[n];
	array[index] = n;
	use(array); /* at: grows */
	return array[0];
}

SEPARATE long many(long a, long b, long c, long d, long e, long f, long g, struct point h, short i)
{
	use(&g); /* at: many */
	return a + b + c + d + e + f + g + h.x + i;
}

/* The stack is aligned by hand. */
SEPARATE long aligned(int n)
{
	__attribute__((aligned(64))) long array[8] = { n };
	use(array); /* at: aligned */
	return array[1] + n;
}
