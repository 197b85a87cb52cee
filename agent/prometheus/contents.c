/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/prometheus/contents.h"

#define SLICE 16384u /* Bytes asked for at a time. */

int
contents_read(int dir, const char *path, struct buf *out)
{
	int error = 0, fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	size_t want;
	ssize_t got = -1;
	uint8_t *to;

	if (fd == -1)
		return -1;
	while ((want = out->max - out->len) > 1) {
		want = want - 1 < SLICE ? want - 1 : SLICE;
		if ((to = buf_reserve(out, want)) == NULL) {
			error = ENOMEM;
			break;
		}
		if ((got = read(fd, to, want)) <= 0)
			break;
		out->len += (size_t)got;
	}
	if (error == 0 && got < 0)
		error = errno;
	(void)close(fd);
	errno = error;
	return error == 0 ? 0 : -1;
}
