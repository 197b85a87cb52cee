/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "agent/config/nearest.h"

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

size_t
nearest_distance(const char *a, const char *b)
{
	/* Rows of the table of prefixes: cost[i % 3][j], of a's first i. */
	size_t cost[3][NEAREST_WORD_MAX + 1], a_len, b_len, i, j, *row;

	a_len = strlen(a);
	b_len = strlen(b);
	if (a_len > NEAREST_WORD_MAX || b_len > NEAREST_WORD_MAX)
		return SIZE_MAX;
	for (j = 0; j <= b_len; j++)
		cost[0][j] = j;
	for (i = 1; i <= a_len; i++) {
		row = cost[i % 3];
		row[0] = i;
		for (j = 1; j <= b_len; j++) {
			row[j] = cost[(i - 1) % 3][j - 1] +
			    !same(a[i - 1], b[j - 1]);
			row[j] = least(row[j], row[j - 1] + 1);
			row[j] = least(row[j], cost[(i - 1) % 3][j] + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				row[j] =
				    least(row[j], cost[(i - 2) % 3][j - 2] + 1);
		}
	}
	return cost[a_len % 3][b_len];
}

bool
nearest_likely(const char *word, const char *right)
{
	return nearest_distance(word, right) <= 1 + strlen(right) / 5;
}
