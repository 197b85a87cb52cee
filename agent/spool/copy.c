/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spool/copy.h"

/* Bytes in one read, where the kernel does not copy by itself. */
#define CHUNK (64u << 10)

struct copy {
	struct copy_options options;
	char name[SPOOL_NAME_MAX];
	char temporary[SPOOL_NAME_MAX + sizeof(COPY_SUFFIX)];
	int from, dir; /* Our own. */
	int to;        /* -1: not begun. */
	off_t at, size;
	bool by_hand; /* The kernel does not copy between these two. */
	bool whole;   /* It has its name, and is on the disk. */
	bool stopped; /* To be given up; the worker reads it. */
	bool freed;   /* By its owner, while the worker had it. */
	bool working; /* The worker has the job. */
	int error;    /* What ended it. */
	struct worker_job job;
};

/* Whether the disk has room for ${more} bytes of ours. */
static bool
has_room(const struct copy *copy, off_t more)
{
	int64_t left;

	return reserve_left(&copy->options.reserve, copy->to, &left) == 0 &&
	    left >= more;
}

/* Make the file, empty or sharing the blocks of the other. */
static int
begin(struct copy *copy)
{
	struct stat st;

	if (fstat(copy->from, &st) != 0 ||
	    (unlinkat(copy->dir, copy->temporary, 0) != 0 && errno != ENOENT))
		return -1;
	copy->size = st.st_size;
	copy->to = openat(copy->dir, copy->temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (copy->to == -1)
		return -1;
	if (ioctl(copy->to, FICLONE, copy->from) == 0)
		copy->at = copy->size;
	return 0;
}

/* Write all of ${data} at ${at}. */
static int
write_all(int fd, const char *data, size_t len, off_t at)
{
	ssize_t n;

	while (len > 0) {
		if ((n = pwrite(fd, data, len, at)) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		data += n;
		len -= (size_t)n;
		at += n;
	}
	return 0;
}

/* Copy some bytes, up to ${len}; return how many, or -1. */
static ssize_t
move_by_hand(struct copy *copy, size_t len)
{
	char chunk[CHUNK];
	ssize_t n;

	do
		n = pread(
		    copy->from, chunk, len < CHUNK ? len : CHUNK, copy->at);
	while (n == -1 && errno == EINTR);
	if (n > 0 && write_all(copy->to, chunk, (size_t)n, copy->at) != 0)
		return -1;
	return n;
}

/* The same, by the kernel if it can. */
static ssize_t
move(struct copy *copy, size_t len)
{
	off_t from = copy->at, to = copy->at;
	ssize_t n = 0;

	if (!copy->by_hand)
		n = copy_file_range(copy->from, &from, copy->to, &to, len, 0);
	if (n == -1 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
		return -1;
	if (n > 0)
		return n;
	copy->by_hand = true; /* It cannot, or thinks the file empty. */
	return move_by_hand(copy, len);
}

static int
copy_slice(struct copy *copy)
{
	off_t left = copy->size - copy->at, end;
	ssize_t n;

	end = left < (off_t)COPY_SLICE ? copy->size
				       : copy->at + (off_t)COPY_SLICE;
	if (!has_room(copy, end - copy->at)) {
		errno = ENOSPC;
		return -1;
	}
	while (copy->at < end) {
		if ((n = move(copy, (size_t)(end - copy->at))) == -1)
			return -1;
		if (n == 0) { /* It was cut short meanwhile. */
			copy->size = copy->at;
			break;
		}
		copy->at += n;
	}
	return 0;
}

/* Have it on the disk, under its name. */
static int
finish(struct copy *copy)
{
	if (fdatasync(copy->to) != 0 ||
	    renameat(copy->dir, copy->temporary, copy->dir, copy->name) != 0)
		return -1;
	copy->whole = true;
	(void)fsync(copy->dir);
	return 0;
}

/* The next step. */
static int
advance(struct copy *copy)
{
	if (copy->to == -1)
		return begin(copy);
	return copy->at < copy->size ? copy_slice(copy) : finish(copy);
}

/* Leave nothing that is not whole; the file may be one without a name. */
static void
clean_up(struct copy *copy)
{
	(void)close(copy->from);
	copy->from = -1;
	if (copy->to == -1)
		return;
	if (!copy->whole)
		(void)unlinkat(copy->dir, copy->temporary, 0);
	(void)close(copy->to);
	copy->to = -1;
}

/* On the worker. */
static void
work(void *arg)
{
	struct copy *copy = arg;

	if (__atomic_load_n(&copy->stopped, __ATOMIC_RELAXED))
		copy->error = ECANCELED;
	else if (advance(copy) != 0)
		copy->error = errno;
	if (copy->error != 0 || copy->whole)
		clean_up(copy);
}

static void
submit(struct copy *copy)
{
	copy->working = true;
	worker_submit(copy->options.worker, &copy->job);
}

static void
worked(void *arg)
{
	struct copy *copy = arg;

	copy->working = false;
	if (copy->whole || copy->error != 0) {
		if (copy->freed)
			copy_free(copy);
		else
			copy->options.done(copy->options.arg, copy->error);
		return;
	}
	submit(copy);
}

struct copy *
copy_new(const struct copy_options *options)
{
	struct copy *copy;

	if (strlen(options->name) >= SPOOL_NAME_MAX) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	if ((copy = calloc(1, sizeof(*copy))) == NULL)
		return NULL;
	copy->options = *options;
	copy->to = -1;
	(void)snprintf(copy->name, sizeof(copy->name), "%s", options->name);
	(void)snprintf(copy->temporary, sizeof(copy->temporary),
	    "%s" COPY_SUFFIX, copy->name);
	copy->job = (struct worker_job){
		.work = work,
		.done = worked,
		.arg = copy,
	};
	copy->from = fcntl(options->from, F_DUPFD_CLOEXEC, 0);
	copy->dir = fcntl(options->dir, F_DUPFD_CLOEXEC, 0);
	if (copy->from == -1 || copy->dir == -1) {
		int error = errno;

		copy_free(copy);
		errno = error;
		return NULL;
	}
	submit(copy);
	return copy;
}

void
copy_stop(struct copy *copy)
{
	__atomic_store_n(&copy->stopped, true, __ATOMIC_RELAXED);
}

void
copy_free(struct copy *copy)
{
	if (copy == NULL)
		return;
	copy_stop(copy);
	copy->freed = true;
	if (copy->working)
		return;
	if (copy->from != -1)
		(void)close(copy->from);
	if (copy->dir != -1)
		(void)close(copy->dir);
	free(copy);
}
