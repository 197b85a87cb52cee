/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
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
	if (asprintf(&pem->path, "/proc/self/fd/%d", pem->fd) == -1) {
		pem->path = NULL;
		return -1;
	}
	return 0;
}

void
pem_close(struct pem *pem)
{
	if (pem->fd != -1)
		(void)close(pem->fd);
	free(pem->path);
	*pem = (struct pem){ .fd = -1 };
}
