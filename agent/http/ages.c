/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/http/ages.h"

void
ages_begin(struct ages *ages, long port, uint64_t now)
{
	size_t i, oldest = 0;

	for (i = 0; i < ages->len && ages->list[i].port != port; i++)
		if (ages->list[i].born < ages->list[oldest].born)
			oldest = i;
	if (i == AGES_MAX)
		i = oldest;
	else if (i == ages->len)
		ages->len++;
	ages->list[i].port = port;
	ages->list[i].born = now;
}

bool
ages_over(const struct ages *ages, long port, uint64_t now)
{
	size_t i;

	for (i = 0; i < ages->len; i++)
		if (ages->list[i].port == port)
			return now - ages->list[i].born >= AGES_LIFE;
	return true;
}
