/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "packaging/azure/extension/health.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char message[STATUS_MESSAGE_MAX];
	struct health_memory memory = { 0 };
	struct health health;

	health_decode(&health, (const char *)data, size);
	if (health.reached > health.receivers ||
	    (health.reached < health.receivers) !=
		(health.why[0] != '\0' && health.receivers > 0))
		abort();
	(void)health_judge(&health, &memory, 1, 1, message);
	return 0;
}
