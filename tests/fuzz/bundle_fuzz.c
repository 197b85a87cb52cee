/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Read the file with ${password}; what is refused is refused in words. */
static void
read_with(const uint8_t *data, size_t size, const char *password)
{
	struct bundle bundle;
	uint8_t *file;

	/* Of its exact size, so that a byte too far is seen. */
	if ((file = malloc(size > 0 ? size : 1)) == NULL)
		return;
	if (size > 0)
		memcpy(file, data, size);
	if (bundle_init(&bundle) == 0 &&
	    bundle_read(&bundle, file, size, password) != 0 &&
	    (bundle.what == NULL || bundle.todo == NULL))
		abort();
	bundle_release(&bundle);
	free(file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_with(data, size, "");
	read_with(data, size, "p");
	return 0;
}
