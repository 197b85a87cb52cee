/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "packaging/azure/extension/compose.h"
#include "packaging/azure/extension/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* settings_open_fn: an envelope that holds what is written on it. */
static const char *
open_plain(
    void *arg, const char *text, const char *thumbprint, struct buf *plain)
{
	(void)arg;
	(void)thumbprint;
	buf_puts(plain, text);
	return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings;
	struct buf out;

	if (settings_decode(&settings, data, size, open_plain, NULL) == 0 &&
	    settings_given(&settings)) {
		buf_init(&out, COMPOSE_MAX);
		compose(&settings, "/data", &out);
		if (!out.bad && !compose_is_ours(out.data, out.len))
			abort();
		buf_release(&out);
	}
	settings_release(&settings);
	return 0;
}
