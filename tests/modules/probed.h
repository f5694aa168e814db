/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
struct probed_inner {
	int number;
	char text[16];
};

struct probed_outer {
	struct probed_inner *inner;
	unsigned int bits : 5;
};

int probed_other(int number);
