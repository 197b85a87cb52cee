/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/admin/turn.h"

void
turn_took(struct turn *turn, uint64_t begin, uint64_t end)
{
	uint64_t rest = TURN_REST * (end - begin);

	if (end - begin > TURN_LONG)
		turn->until =
		    end + (rest < TURN_REST_MAX ? rest : TURN_REST_MAX);
}

bool
turn_rests(const struct turn *turn, uint64_t now)
{
	return now < turn->until;
}
