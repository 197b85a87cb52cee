/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/prometheus/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
fits(void *arg, const char *path)
{
	(void)arg;
	/* Whatever the mounts say, it is an absolute path. */
	if (path[0] != '/' || strlen(path) >= PATH_MAX)
		abort();
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mounts mounts = { 0 };
	char *text, ret[PATH_MAX];
	size_t i;

	if ((text = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (mounts_parse(&mounts, text) == 0)
		for (i = 0; i < mounts.len && i < 16; i++)
			(void)mounts_translate(&mounts, mounts.list[i].at,
			    &mounts, ret, fits, NULL);
	mounts_release(&mounts);
	free(text);
	return 0;
}
