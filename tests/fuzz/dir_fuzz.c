/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wal/dir.h"

#define NAMES_MAX 32u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Create the file called ${name} in ${dir}, and note it to be removed. */
static void
create(int dir, const char *name)
{
	int fd = openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	if (fd != -1)
		(void)close(fd);
}

/* Every line of the input is the name of a file in the directory. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[] = "/tmp/walship-fuzz-XXXXXX", *text, *name, *rest;
	struct wal_dir dir = { 0 };
	unsigned int pass, names;
	int fd;

	if ((text = malloc(len + 1)) == NULL || mkdtemp(path) == NULL ||
	    (fd = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC)) == -1)
		abort();
	for (pass = 0; pass < 2; pass++) {
		memcpy(text, data, len);
		text[len] = '\0';
		rest = text;
		for (names = 0;
		     names < NAMES_MAX && (name = strsep(&rest, "\n")) != NULL;
		     names++) {
			if (strchr(name, '/') != NULL || *name == '\0')
				continue;
			if (pass == 0)
				create(fd, name);
			else
				(void)unlinkat(fd, name, 0);
		}
		if (wal_dir_read(&dir, path) != WAL_OK)
			abort();
	}
	if (dir.segments.len != 0 || dir.repairs.len != 0 || rmdir(path) != 0)
		abort();
	wal_dir_release(&dir);
	(void)close(fd);
	free(text);
	return 0;
}
