/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/config/facts.h"

static const char *const names[] = {
	[FACT_VM_ID] = "vmId",
	[FACT_VM_NAME] = "vmName",
	[FACT_RESOURCE_ID] = "resourceId",
	[FACT_SCALE_SET] = "scaleSet",
};

enum fact
fact_find(const char *name, size_t len)
{
	enum fact fact;

	for (fact = 0; fact < FACTS; fact++)
		if (strlen(names[fact]) == len &&
		    memcmp(names[fact], name, len) == 0)
			break;
	return fact;
}

const char *
fact_name(enum fact fact)
{
	return names[fact];
}
