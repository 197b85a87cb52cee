/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes are a configuration or have faults, never both, never neither. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config;
	struct buf faults;
	char *copy;

	/* Of its exact size, so that a byte too far is seen. */
	if ((copy = malloc(size > 0 ? size : 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	buf_init(&faults, 1u << 20);
	config = config_parse("f", copy, size, &faults);
	if ((config == NULL) == (faults.len == 0) || faults.bad)
		abort();
	config_free(config);
	buf_release(&faults);
	free(copy);
	return 0;
}
