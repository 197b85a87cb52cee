/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/e2e/shim.c - a clock that can be set, and a disk that can stall, for
 * the program that this is preloaded into.
 *
 * The file that WALSHIP_SHIM names holds, and may be changed at any time:
 *
 *   0  i64  seconds that CLOCK_REALTIME is ahead
 *   8  i64  1: reads of files, and waits for the disk, do not end
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

struct orders {
	int64_t ahead;
	int64_t stall;
};

static const volatile struct orders *
orders(void)
{
	static const struct orders none;
	static const volatile struct orders *at;
	const char *path;
	void *map;
	int fd;

	if (at != NULL)
		return at;
	path = getenv("WALSHIP_SHIM");
	fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	map = fd == -1 ? MAP_FAILED
		       : mmap(NULL, sizeof(none), PROT_READ, MAP_SHARED, fd, 0);
	if (fd != -1)
		(void)close(fd);
	at = map == MAP_FAILED ? &none : map;
	return at;
}

/* Whether ${fd} is of a disk that does not answer. */
static int
stalls(int fd)
{
	struct stat st;

	return orders()->stall != 0 && fstat(fd, &st) == 0 &&
	    S_ISREG(st.st_mode);
}

/* Wait until the disk does. */
static void
wait_for_disk(int fd)
{
	const struct timespec pause = { 0, 10000000 };

	while (stalls(fd))
		(void)nanosleep(&pause, NULL);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (result == 0 &&
	    (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += orders()->ahead;
	return result;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec precise;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &precise);
	now->tv_sec = precise.tv_sec;
	now->tv_usec = precise.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *ret)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (ret != NULL)
		*ret = now.tv_sec;
	return now.tv_sec;
}

ssize_t
pread(int fd, void *to, size_t len, off_t offset)
{
	wait_for_disk(fd);
	return syscall(SYS_pread64, fd, to, len, offset);
}

ssize_t
preadv2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
	if ((flags & RWF_NOWAIT) != 0 && stalls(fd)) {
		errno = EAGAIN;
		return -1;
	}
	wait_for_disk(fd);
	return syscall(SYS_preadv2, fd, iov, count, offset, 0, flags);
}

int
fsync(int fd)
{
	wait_for_disk(fd);
	return (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	wait_for_disk(fd);
	return (int)syscall(SYS_fdatasync, fd);
}
