/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/admin/overview.h"

enum situation_level
overview_level(const struct overview *overview)
{
	enum situation_level level, worst = SITUATION_OK;
	size_t i;

	for (i = 0; i < overview->len; i++) {
		level = situation_level(overview->destinations[i].situation);
		if (level > worst)
			worst = level;
	}
	return worst;
}

double
overview_progress(const struct situation *situation)
{
	return situation->worst > situation->lag
	    ? 1 - situation->lag / situation->worst
	    : 0;
}
