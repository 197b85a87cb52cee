/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/prometheus/flags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prometheus_flags flags;
	char *args, version[16];

	if ((args = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(args, data, size);
	args[size] = '\0';
	flags_version(args, version, sizeof(version));
	/* What it finds lies within the arguments, or is a constant. */
	if (flags_read(args, size, &flags) &&
	    strlen(flags.program) + strlen(flags.data_dir) +
		    strlen(flags.config_file) + strlen(flags.listen_address) >
		4 * size + 64)
		abort();
	free(args);
	return 0;
}
