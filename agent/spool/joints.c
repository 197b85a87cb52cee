/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/spool/joints.h"

void
joints_add(struct joints *joints, const struct joint *joint)
{
	if (joints->len == JOINTS_MAX)
		memmove(joints->list, joints->list + 1,
		    --joints->len * sizeof(*joints->list));
	joints->list[joints->len++] = *joint;
}

uint64_t
joints_common(const struct joints *joints, uint64_t a, uint64_t b)
{
	const struct joint *joint = joints->list;
	const struct joint *end = joint + joints->len;
	uint64_t common = UINT64_MAX;

	for (; joint < end; joint++) {
		if (joint->generation < a)
			continue;
		if (joint->generation != a || a == b)
			break;
		if (joint->common < common)
			common = joint->common;
		a++;
	}
	return a == b && common != UINT64_MAX ? common : 0;
}
