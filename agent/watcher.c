/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "agent/base/log.h"
#include "agent/watcher.h"
#include "wal/watch.h"

struct watcher {
	struct clock *clock;
	const char *wal_dir;
	watcher_grown_fn *grown;
	void *arg;
	struct wal_watch *watch; /* NULL: the clock alone. */
	sd_event_source *source;
	struct timer *rest; /* Until the next change is looked at. */
	struct timer *poll;
};

static void
set_poll(struct watcher *watcher)
{
	timer_set(watcher->poll,
	    clock_monotonic(watcher->clock) +
		(watcher->watch != NULL ? WATCHER_POLL : WATCHER_POLL_ALONE));
}

static void
poll_now(void *arg)
{
	struct watcher *watcher = arg;

	set_poll(watcher);
	(void)watcher->grown(watcher->arg);
}

/* Go on without inotify, saying so. */
static void
do_without(struct watcher *watcher, int error)
{
	watcher->source = sd_event_source_disable_unref(watcher->source);
	wal_watch_free(watcher->watch);
	watcher->watch = NULL;
	log_warn("the kernel will not report changes of the log, looking "
		 "twice a second instead; raise fs.inotify.max_user_instances "
		 "or fs.inotify.max_user_watches",
	    LOG_STR("path", watcher->wal_dir), LOG_ERRNO(error));
}

static int
changed(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct watcher *watcher = arg;

	(void)fd;
	(void)events;
	if (wal_watch_drain(watcher->watch) != 0) {
		do_without(watcher, errno);
		poll_now(watcher);
		return 0;
	}
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	timer_set(watcher->rest,
	    clock_monotonic(watcher->clock) + watcher->grown(watcher->arg));
	return 0;
}

static void
rested(void *arg)
{
	struct watcher *watcher = arg;

	if (watcher->source != NULL)
		(void)sd_event_source_set_enabled(watcher->source, SD_EVENT_ON);
}

struct watcher *
watcher_new(sd_event *event, struct clock *clock, const char *wal_dir,
    watcher_grown_fn *grown, void *arg)
{
	struct watcher *watcher;

	if ((watcher = calloc(1, sizeof(*watcher))) == NULL)
		return NULL;
	watcher->clock = clock;
	watcher->wal_dir = wal_dir;
	watcher->grown = grown;
	watcher->arg = arg;
	watcher->rest = timer_new(clock, rested, watcher);
	watcher->poll = timer_new(clock, poll_now, watcher);
	if (watcher->rest == NULL || watcher->poll == NULL) {
		watcher_free(watcher);
		return NULL;
	}
	watcher->watch = wal_watch_open(wal_dir);
	if (watcher->watch == NULL)
		do_without(watcher, errno);
	else if (sd_event_add_io(event, &watcher->source,
		     wal_watch_fd(watcher->watch), EPOLLIN, changed,
		     watcher) < 0)
		do_without(watcher, ENOMEM);
	timer_set(watcher->poll, 0);
	return watcher;
}

void
watcher_free(struct watcher *watcher)
{
	if (watcher == NULL)
		return;
	(void)sd_event_source_disable_unref(watcher->source);
	wal_watch_free(watcher->watch);
	timer_free(watcher->rest);
	timer_free(watcher->poll);
	free(watcher);
}
