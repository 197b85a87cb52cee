/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/arc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DIRECTORY "/var/opt/azcmagent/tokens"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[ARC_PATH_MAX], *challenge;
	const char *name;

	if ((challenge = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(challenge, data, size);
	challenge[size] = '\0';
	/* Whatever it asks for, it is a key in this directory. */
	if (arc_path(challenge, DIRECTORY, path) == 0) {
		name = path + strlen(DIRECTORY "/");
		if (strncmp(path, DIRECTORY "/", strlen(DIRECTORY "/")) != 0 ||
		    strchr(name, '/') != NULL || strlen(name) < 5 ||
		    strcmp(name + strlen(name) - 4, ".key") != 0)
			abort();
	}
	free(challenge);
	return 0;
}
