/* What floats.stp probes: numbers of floating point in memory. */
struct point {
	double x;
	float y;
	int n;
};

struct point where = { 3.25, -1.5f, 7 };
double half = 0.5;

__attribute__((noinline, noclone)) double area(struct point *point, double by)
{
	return point->x * by * half;
}

int main(void)
{
	return area(&where, 2.0) != 3.25;
}
