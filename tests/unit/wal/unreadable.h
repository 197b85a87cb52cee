/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/wal/unreadable.h - a disk with bad sectors.
 *
 * A test that includes this wraps pread and preadv2.  What is to be read from
 * ${unreadable} on, for so many bytes, of any file, fails with EIO.
 */
#ifndef TESTS_UNIT_WAL_UNREADABLE_H
#define TESTS_UNIT_WAL_UNREADABLE_H

#include <errno.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
	off_t from;
	off_t len; /* 0: all is well. */
} unreadable;

/* How much of ${len} bytes at ${offset} can be had; -1: nothing. */
static ssize_t
readable(size_t len, off_t offset)
{
	if (unreadable.len == 0 || offset >= unreadable.from + unreadable.len ||
	    offset + (off_t)len <= unreadable.from)
		return (ssize_t)len;
	errno = EIO;
	return offset < unreadable.from ? unreadable.from - offset : -1;
}

ssize_t __real_pread(int fd, void *to, size_t len, off_t offset);
ssize_t __wrap_pread(int fd, void *to, size_t len, off_t offset);

ssize_t
__wrap_pread(int fd, void *to, size_t len, off_t offset)
{
	ssize_t can = readable(len, offset);

	return can < 0 ? -1 : __real_pread(fd, to, (size_t)can, offset);
}

ssize_t __wrap_preadv2(
    int fd, const struct iovec *iov, int count, off_t offset, int flags);

ssize_t
__wrap_preadv2(
    int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
	(void)count;
	(void)flags;
	return __wrap_pread(fd, iov->iov_base, iov->iov_len, offset);
}

#endif /* TESTS_UNIT_WAL_UNREADABLE_H */
