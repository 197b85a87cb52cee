/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "packaging/azure/extension/environment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct environment environment;

	if (environment_decode(&environment, data, size) == NULL &&
	    (environment.log_folder == NULL ||
		environment.config_folder == NULL ||
		environment.status_folder == NULL))
		abort();
	environment_release(&environment);
	return 0;
}
