/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "agent/filewatch.h"

#define EVENTS_SIZE 4096u /* Bytes of events that are read at a time. */
#define EVENTS \
	(IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)

struct filewatch {
	struct clock *clock;
	char *path;
	void (*changed)(void *arg);
	void *arg;
	int fd; /* Of inotify, or -1. */
	sd_event_source *source;
	struct timer *timer;
	struct stamp told; /* What those who are told know of. */
	struct stamp seen; /* Last, */
	uint64_t rested;   /* and when it has been so for long enough. */
};

static void
look_in(struct filewatch *filewatch, uint64_t time)
{
	timer_set(filewatch->timer, clock_monotonic(filewatch->clock) + time);
}

static void
look(void *arg)
{
	struct filewatch *filewatch = arg;
	struct stamp now = stamp_at(filewatch->path);

	if (!stamp_same(&now, &filewatch->seen)) {
		filewatch->seen = now;
		filewatch->rested =
		    clock_monotonic(filewatch->clock) + FILEWATCH_REST;
	}
	/* Other files of the directory may have it looked at before. */
	if (clock_monotonic(filewatch->clock) < filewatch->rested) {
		timer_set(filewatch->timer, filewatch->rested);
		return;
	}
	look_in(filewatch, FILEWATCH_POLL);
	if (stamp_same(&now, &filewatch->told))
		return;
	filewatch->told = now;
	filewatch->changed(filewatch->arg); /* May free it. */
}

static int
happened(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct filewatch *filewatch = arg;
	char memory[EVENTS_SIZE];

	(void)source;
	(void)events;
	if (read(fd, memory, sizeof(memory)) > 0)
		look_in(filewatch, 0);
	return 0;
}

/* Watch the directory, if that can be. */
static void
watch(struct filewatch *filewatch, sd_event *event)
{
	const char *slash = strrchr(filewatch->path, '/');
	char directory[PATH_MAX] = ".";

	if (slash != NULL && (size_t)(slash - filewatch->path) < PATH_MAX - 1)
		(void)strcpy(mempcpy(directory, filewatch->path,
				 (size_t)(slash - filewatch->path)),
		    "/");
	filewatch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (filewatch->fd != -1 &&
	    inotify_add_watch(filewatch->fd, directory, EVENTS) != -1)
		(void)sd_event_add_io(event, &filewatch->source, filewatch->fd,
		    EPOLLIN, happened, filewatch);
}

struct filewatch *
filewatch_new(sd_event *event, struct clock *clock, const char *path,
    const struct stamp *known, void (*changed)(void *arg), void *arg)
{
	struct filewatch *filewatch;

	if ((filewatch = calloc(1, sizeof(*filewatch))) == NULL)
		return NULL;
	filewatch->clock = clock;
	filewatch->changed = changed;
	filewatch->arg = arg;
	filewatch->fd = -1;
	filewatch->path = strdup(path);
	filewatch->timer = timer_new(clock, look, filewatch);
	if (filewatch->path == NULL || filewatch->timer == NULL) {
		filewatch_free(filewatch);
		return NULL;
	}
	if (event != NULL)
		watch(filewatch, event);
	filewatch->told = *known;
	filewatch->seen = stamp_at(path);
	look_in(filewatch,
	    stamp_same(&filewatch->seen, known) ? FILEWATCH_POLL
						: FILEWATCH_REST);
	return filewatch;
}

void
filewatch_free(struct filewatch *filewatch)
{
	if (filewatch == NULL)
		return;
	(void)sd_event_source_disable_unref(filewatch->source);
	if (filewatch->fd != -1)
		(void)close(filewatch->fd);
	timer_free(filewatch->timer);
	free(filewatch->path);
	free(filewatch);
}
