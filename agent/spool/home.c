/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/config/holding.h"
#include "agent/spool/home.h"

/* Whether the directory ${path}, or to be, is ${data_dir} or in it. */
static bool
is_inside(const char *path, const char *data_dir)
{
	char *copy = strdup(path), data[PATH_MAX], real[PATH_MAX];
	bool is;

	/* It need not be there, but what it is in must be. */
	is = copy != NULL && realpath(data_dir, data) != NULL &&
	    (realpath(copy, real) != NULL ||
		realpath(dirname(copy), real) != NULL) &&
	    holding_is_inside(real, data);
	free(copy);
	return is;
}

/* Close ${fd}, which will not do by ${error}; return -1. */
static int
give_up(int fd, int error)
{
	(void)close(fd);
	errno = error;
	return -1;
}

int
home_open(const char *path, const char *data_dir)
{
	struct stat st;
	int fd;

	if (is_inside(path, data_dir)) {
		errno = EINVAL;
		return -1;
	}
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) != 0)
		return give_up(fd, errno);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return give_up(fd, EPERM);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return give_up(fd, errno == EWOULDBLOCK ? EBUSY : errno);
	return fd;
}
