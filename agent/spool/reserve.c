/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/statvfs.h>

#include "agent/spool/reserve.h"

/* ${blocks} of ${size} bytes, as far as int64_t can hold them. */
static uint64_t
bytes_of(uint64_t blocks, uint64_t size)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(blocks, size, &bytes) || bytes > INT64_MAX)
		return INT64_MAX;
	return bytes;
}

int
reserve_left(const struct reserve *reserve, int fd, int64_t *ret)
{
	uint64_t free, kept, share;
	struct statvfs disk;

	if (fstatvfs(fd, &disk) != 0)
		return -1;
	free = bytes_of(disk.f_bavail, disk.f_frsize);
	share = bytes_of(
	    bytes_of(disk.f_blocks, disk.f_frsize) / 100, reserve->percent);
	kept = bytes_of(reserve->bytes, 1);
	if (share > kept)
		kept = share;
	*ret = (int64_t)free - (int64_t)kept;
	return 0;
}
