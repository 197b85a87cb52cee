/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/prometheus/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
take(void *arg, const char *name, const char *text)
{
	size_t *bytes = arg;

	*bytes += strlen(name) + strlen(text);
	return 0;
}

/* Any bytes are settings or have a fault, never both, never neither. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings *settings;
	struct buf faults;
	size_t i, bytes = 0;
	char *copy;

	/* Of its exact size, so that a byte too far is seen. */
	if ((copy = malloc(size > 0 ? size : 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	buf_init(&faults, 1u << 20);
	settings = settings_parse("f", copy, size, &faults);
	if ((settings == NULL) == (faults.len == 0) || faults.bad)
		abort();
	if (settings != NULL) {
		if (settings_labels(settings, take, &bytes) != 0)
			abort();
		for (i = 0; settings_remote(settings, i) != NULL; i++)
			bytes += strlen(settings_remote(settings, i));
	}
	settings_free(settings);
	buf_release(&faults);
	free(copy);
	return 0;
}
