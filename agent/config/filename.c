/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/filename.h"

#define CREDENTIALS "CREDENTIALS_DIRECTORY"
#define PREFIX "${" CREDENTIALS "}/"

int
filename_resolve(char **file, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *credentials = getenv(CREDENTIALS);
	char *whole;
	int n;

	if (*file == NULL || **file == '/')
		return 0;
	if (strncmp(*file, PREFIX, strlen(PREFIX)) == 0) {
		/* Without it, as in a check by hand, the name is what it is. */
		if (credentials == NULL)
			return 0;
		n = asprintf(
		    &whole, "%s/%s", credentials, *file + strlen(PREFIX));
	} else if (slash != NULL) {
		n = asprintf(
		    &whole, "%.*s%s", (int)(slash + 1 - path), path, *file);
	} else {
		return 0;
	}
	if (n == -1)
		return -1;
	free(*file);
	*file = whole;
	return 0;
}
