/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/arc_proxy.h"
#include "agent/config/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arc_proxy proxy;
	const char *why;
	char *text;

	/* Of its exact size, so that a byte too far is seen. */
	if ((text = malloc(size > 0 ? size : 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	arc_proxy_init(&proxy, "localconfig.json");
	why = arc_proxy_take(&proxy, text, size);
	if (why != NULL && strncmp(why, "localconfig.json: ", 18) != 0)
		abort();
	if (proxy.url != NULL && proxy_url_fault(proxy.url) != NULL)
		abort();
	arc_proxy_release(&proxy);
	free(text);
	return 0;
}
