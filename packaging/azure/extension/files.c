/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packaging/azure/extension/files.h"

#define BLOCK 4096u /* Bytes read at a time. */

int
path_set(struct path *path, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(path->text, sizeof(path->text), format, args);
	va_end(args);
	if (len >= 0 && (size_t)len < sizeof(path->text))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static int
read_all(int fd, struct buf *into)
{
	uint8_t block[BLOCK];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		buf_put(into, block, (size_t)n);
		if (into->bad) {
			errno = EFBIG;
			n = -1;
			break;
		}
	}
	explicit_bzero(block, sizeof(block));
	return (int)n;
}

int
files_read(const char *path, struct buf *into)
{
	int result = -1, fd, error;
	struct stat st;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		errno = EINVAL;
	else
		result = read_all(fd, into);
	error = errno;
	(void)close(fd);
	errno = error;
	return result;
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int
files_write(
    const char *path, const void *data, size_t len, mode_t mode, gid_t group)
{
	int fd, error, result = -1;
	struct path draft;

	if (path_set(&draft, "%s" FILES_DRAFT, path) != 0)
		return -1;
	/* One that was left by a process that was killed. */
	(void)unlink(draft.text);
	fd = open(draft.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (write_all(fd, data, len) == 0 &&
	    (group == FILES_SAME_GROUP || fchown(fd, (uid_t)-1, group) == 0) &&
	    fchmod(fd, mode) == 0 && fsync(fd) == 0 &&
	    rename(draft.text, path) == 0)
		result = 0;
	error = errno;
	(void)close(fd);
	if (result != 0)
		(void)unlink(draft.text);
	errno = error;
	return result;
}

bool
files_same(const char *path, const void *data, size_t len)
{
	struct buf now;
	bool same;

	buf_secret(&now, len + 1);
	same = files_read(path, &now) == 0 && now.len == len &&
	    (len == 0 || memcmp(now.data, data, len) == 0);
	buf_release(&now);
	return same;
}

int
files_make_directory(const char *path, mode_t mode)
{
	struct path part;
	char *at;

	if (path_set(&part, "%s", path) != 0)
		return -1;
	for (at = part.text + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(part.text, 0755) != 0 && errno != EEXIST)
			return -1;
		*at = '/';
	}
	return mkdir(part.text, mode) != 0 && errno != EEXIST ? -1 : 0;
}

bool
files_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}
