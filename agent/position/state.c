/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/position/state.h"

enum state_result
state_lock(const char *path, int *ret_fd)
{
	int dir, fd, saved;

	if (mkdir(path, 0750) != 0 && errno != EEXIST)
		return STATE_FAILED;
	if ((dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return STATE_FAILED;
	fd = openat(
	    dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	saved = errno;
	(void)close(dir);
	errno = saved;
	if (fd == -1)
		return STATE_FAILED;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*ret_fd = fd;
		return STATE_OK;
	}
	saved = errno;
	(void)close(fd);
	errno = saved;
	return errno == EWOULDBLOCK ? STATE_IN_USE : STATE_FAILED;
}
