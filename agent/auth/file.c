/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/auth/file.h"

void
file_fault(char *error, const char *path, const char *what, const char *todo)
{
	(void)snprintf(error, FILE_ERROR_MAX, "%s: %s; %s", path, what, todo);
}

int
file_open(const char *path, struct stat *st, char *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1 || fstat(fd, st) != 0)
		file_fault(error, path, strerror(errno),
		    "let walship's user read it (chgrp walship, chmod 640), or "
		    "name another");
	else if (!S_ISREG(st->st_mode))
		file_fault(error, path, "is not a regular file", "name one");
	else
		return fd;
	if (fd != -1)
		(void)close(fd);
	return -1;
}

ssize_t
file_read(int fd, const char *path, void *data, size_t max, char *error)
{
	char what[64];
	size_t len = 0;
	ssize_t n;

	while (len <= max) {
		if ((n = read(fd, (char *)data + len, max + 1 - len)) == 0)
			return (ssize_t)len;
		if (n < 0 && errno != EINTR) {
			file_fault(error, path, strerror(errno),
			    "let walship's user read it");
			return -1;
		}
		len += n > 0 ? (size_t)n : 0;
	}
	(void)snprintf(what, sizeof(what), "is longer than %zu bytes", max);
	file_fault(
	    error, path, what, "name the file that holds the secret alone");
	return -1;
}
