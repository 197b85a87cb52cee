/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ship/pace.h"

void
pace_init(struct pace *pace, unsigned int max)
{
	pace->limit = 1;
	pace->max = max;
}

void
pace_tune(struct pace *pace, unsigned int max)
{
	pace->max = max;
	if (pace->limit > pace->max)
		pace->limit = pace->max;
}

unsigned int
pace_limit(const struct pace *pace)
{
	return (unsigned int)pace->limit;
}

void
pace_success(struct pace *pace, bool pressed)
{
	if (!pressed)
		return;
	pace->limit += 1 / pace->limit;
	if (pace->limit > pace->max)
		pace->limit = pace->max;
}

void
pace_failure(struct pace *pace)
{
	pace->limit /= 2;
	if (pace->limit < 1)
		pace->limit = 1;
}

void
pace_probe(struct pace *pace)
{
	pace->limit = 1;
}
