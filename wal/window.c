/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "wal/window.h"

/* WAL_WAIT this often in a row, and we block to learn what the matter is. */
#define WAITS_MAX 10000u

void
wal_window_init(
    struct wal_window *window, int fd, uint64_t offset, bool patient)
{
	window->fd = fd;
	window->patient = patient;
	window->waits = 0;
	window->base = offset;
	window->filled = window->at = 0;
}

void
wal_window_seek(struct wal_window *window, uint64_t offset)
{
	if (offset >= window->base && offset - window->base <= window->filled) {
		window->at = (size_t)(offset - window->base);
		return;
	}
	window->base = offset;
	window->filled = window->at = 0;
}

/* As pread(2), but if the bytes are not in memory, have them fetched. */
static ssize_t
read_cached(struct wal_window *window, void *to, size_t len, off_t offset)
{
	struct iovec iov = { .iov_base = to, .iov_len = len };
	ssize_t n;

	if (window->patient || window->waits > WAITS_MAX)
		return pread(window->fd, to, len, offset);
	n = preadv2(window->fd, &iov, 1, offset, RWF_NOWAIT);
	if (n > 0)
		return n;
	if (n < 0 && errno == EAGAIN) {
		(void)posix_fadvise(
		    window->fd, offset, (off_t)len, POSIX_FADV_WILLNEED);
		errno = EAGAIN;
		return -1;
	}
	if (n < 0 && errno != EOPNOTSUPP && errno != ENOSYS)
		return -1;
	/* Linux 5.9 and 5.10 say 0 before the end as well: make sure. */
	return pread(window->fd, to, len, offset);
}

/* Move what is ahead to the front, and what is behind out. */
static void
make_room(struct wal_window *window)
{
	window->filled -= window->at;
	memmove(window->bytes, window->bytes + window->at, window->filled);
	window->base += window->at;
	window->at = 0;
}

enum wal_status
wal_window_need(struct wal_window *window, size_t want)
{
	ssize_t n;

	if (want > sizeof(window->bytes) - window->at)
		make_room(window);
	while (window->filled - window->at < want) {
		n = read_cached(window, window->bytes + window->filled,
		    sizeof(window->bytes) - window->filled,
		    (off_t)(window->base + window->filled));
		if (n < 0 && errno == EAGAIN) {
			window->waits++;
			return WAL_WAIT;
		}
		if (n < 0)
			return WAL_IO;
		window->waits = 0;
		if (n == 0)
			return WAL_END;
		window->filled += (size_t)n;
	}
	return WAL_OK;
}

enum wal_status
wal_window_peek(
    struct wal_window *window, uint64_t offset, void *to, size_t len)
{
	ssize_t n = read_cached(window, to, len, (off_t)offset);

	if (n < 0 && errno == EAGAIN) {
		window->waits++;
		return WAL_WAIT;
	}
	if (n < 0)
		return WAL_IO;
	window->waits = 0;
	return (size_t)n == len ? WAL_OK : WAL_END;
}
