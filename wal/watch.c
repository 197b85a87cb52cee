/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "wal/watch.h"

#define READS_MAX 16       /* Reads of a drain. */
#define EVENTS_SIZE 16384u /* Bytes of a read. */

#define CHANGES \
	(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | \
	    IN_MOVE_SELF | IN_ONLYDIR)
#define ARRIVALS (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)

struct wal_watch {
	int fd;
	int watch; /* Of the directory; -1: it does not exist. */
	char *path;
};

/* Watch the directory if it is there. */
static int
arm(struct wal_watch *watch)
{
	watch->watch = inotify_add_watch(watch->fd, watch->path, CHANGES);
	if (watch->watch == -1 && errno != ENOENT && errno != ENOTDIR)
		return -1;
	return 0;
}

/* Watch the directory's parent for its arrival. */
static int
arm_parent(struct wal_watch *watch)
{
	char *copy;
	int wd;

	if ((copy = strdup(watch->path)) == NULL)
		return -1;
	wd = inotify_add_watch(watch->fd, dirname(copy), ARRIVALS);
	free(copy);
	return wd == -1 ? -1 : 0;
}

struct wal_watch *
wal_watch_open(const char *path)
{
	struct wal_watch *watch;
	int saved;

	if ((watch = calloc(1, sizeof(*watch))) == NULL)
		return NULL;
	watch->watch = -1;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	watch->path = strdup(path);
	if (watch->fd != -1 && watch->path != NULL && arm_parent(watch) == 0 &&
	    arm(watch) == 0)
		return watch;
	saved = errno;
	wal_watch_free(watch);
	errno = saved;
	return NULL;
}

int
wal_watch_fd(const struct wal_watch *watch)
{
	return watch->fd;
}

/* What we watch is not the directory any more, or may not be. */
static void
leave(struct wal_watch *watch)
{
	if (watch->watch != -1)
		(void)inotify_rm_watch(watch->fd, watch->watch);
	watch->watch = -1;
}

/*
 * Note the end of our watch, if it is among the events, or may be among those
 * that the kernel had no room for.
 */
static void
read_events(struct wal_watch *watch, const char *events, size_t len)
{
	struct inotify_event event;
	size_t at = 0;

	while (len - at >= sizeof(event)) {
		memcpy(&event, events + at, sizeof(event));
		if ((event.mask & IN_Q_OVERFLOW) != 0 ||
		    (event.wd == watch->watch &&
			(event.mask & (IN_IGNORED | IN_MOVE_SELF)) != 0))
			leave(watch);
		at += sizeof(event) + event.len;
	}
}

int
wal_watch_drain(struct wal_watch *watch)
{
	char events[EVENTS_SIZE];
	ssize_t n;
	int i;

	for (i = 0; i < READS_MAX; i++) {
		if ((n = read(watch->fd, events, sizeof(events))) <= 0)
			break;
		read_events(watch, events, (size_t)n);
	}
	return watch->watch == -1 ? arm(watch) : 0;
}

void
wal_watch_free(struct wal_watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->fd != -1)
		(void)close(watch->fd);
	free(watch->path);
	free(watch);
}
