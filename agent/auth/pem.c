/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/auth/pem.h"

static int
write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		n = write(fd, text, left);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
	return 0;
}

/*
 * The path of ${fd}, which no memory before it had.  libcurl tells connections
 * and authorities apart by the paths they were made with, and would take what
 * is in a descriptor used again for what was in it before: so each path says
 * "here" at other places, by the bits of a number that counts up.
 */
static char *
unique_path(int fd)
{
	static uint64_t opened;
	char heres[3 * 64 + 1] = "";
	uint64_t number;
	char *path;

	for (number = ++opened; number > 0; number >>= 1)
		(void)strcat(heres, (number & 1) != 0 ? "./" : "/");
	return asprintf(&path, "/proc/self/fd/%s%d", heres, fd) == -1 ? NULL
								      : path;
}

int
pem_open(struct pem *pem, const struct config_secret *config)
{
	*pem = (struct pem){ .fd = -1 };
	if (config->file != NULL)
		return (pem->path = strdup(config->file)) == NULL ? -1 : 0;
	if (config->text == NULL)
		return 0;
	pem->fd = memfd_create("walship-pem", MFD_CLOEXEC);
	if (pem->fd == -1 || write_all(pem->fd, config->text) != 0)
		return -1;
	pem->path = unique_path(pem->fd);
	return pem->path == NULL ? -1 : 0;
}

void
pem_close(struct pem *pem)
{
	if (pem->fd != -1)
		(void)close(pem->fd);
	free(pem->path);
	*pem = (struct pem){ .fd = -1 };
}
