/* SPDX-License-Identifier: Apache-2.0 */
#include <ares.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "agent/http/channel.h"

/*
 * Name servers are tried in turn, each for a second, then each for two: a
 * dead first server costs a second, and RESOLVE_TIMEOUT holds two rounds.
 */
#define TRY_MSEC 1000
#define TRIES 3

/* One of c-ares' sockets; it has two a name server at most. */
struct watch {
	struct watch *next;
	sd_event_source *source;
	int fd;
};

struct channel {
	sd_event *event;
	struct clock *clock;
	const struct resolve_source *source; /* NULL: this machine's. */
	struct timer *timer;                 /* c-ares' next time-out. */
	ares_channel ares;                   /* NULL: not open. */
	struct watch *watches;
	struct stat seen;   /* Of resolv.conf, when last looked at. */
	uint64_t next_look; /* Monotonic microseconds. */
	bool library;       /* c-ares has been initialised for us. */
};

/* Have the timer fire when c-ares next wants to see the time. */
static void
set_timer(struct channel *channel)
{
	struct timeval span;
	uint64_t at = CLOCK_NEVER;

	if (ares_timeout(channel->ares, NULL, &span) != NULL)
		at = clock_monotonic(channel->clock) +
		    (uint64_t)span.tv_sec * CLOCK_SEC + (uint64_t)span.tv_usec;
	timer_set(channel->timer, at);
}

static void
on_timer(void *arg)
{
	struct channel *channel = arg;

	ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	set_timer(channel);
}

static int
on_socket(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct channel *channel = arg;
	ares_socket_t readable = ARES_SOCKET_BAD, writable = ARES_SOCKET_BAD;

	(void)source; /* May be gone when c-ares returns. */
	if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
		readable = fd;
	if ((events & EPOLLOUT) != 0)
		writable = fd;
	ares_process_fd(channel->ares, readable, writable);
	set_timer(channel);
	return 0;
}

static void
unwatch(struct watch **link)
{
	struct watch *watch = *link;

	*link = watch->next;
	sd_event_source_disable_unref(watch->source);
	free(watch);
}

/* A socket that cannot be watched is as a server that does not answer. */
static void
watch_new(struct channel *channel, int fd, uint32_t events)
{
	struct watch *watch;

	if ((watch = calloc(1, sizeof(*watch))) == NULL)
		return;
	watch->fd = fd;
	if (sd_event_add_io(channel->event, &watch->source, fd, events,
		on_socket, channel) < 0) {
		free(watch);
		return;
	}
	watch->next = channel->watches;
	channel->watches = watch;
}

/* c-ares says what it waits for; nothing means that it closes the socket. */
static void
on_sock_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct channel *channel = arg;
	struct watch **link = &channel->watches;
	uint32_t events = 0;

	if (readable)
		events |= EPOLLIN;
	if (writable)
		events |= EPOLLOUT;

	while (*link != NULL && (*link)->fd != fd)
		link = &(*link)->next;
	if (*link != NULL && events == 0)
		unwatch(link);
	else if (*link != NULL)
		(void)sd_event_source_set_io_events((*link)->source, events);
	else if (events != 0)
		watch_new(channel, fd, events);
}

/* What resolv.conf is now; zeros where there is none. */
static struct stat
look(const struct channel *channel)
{
	const char *path = "/etc/resolv.conf";
	struct stat now;

	if (channel->source != NULL)
		path = channel->source->resolv_conf;
	if (stat(path, &now) != 0)
		memset(&now, 0, sizeof(now));
	return now;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int
open_ares(struct channel *channel, ares_channel *ret_ares)
{
	struct ares_options options = { 0 };
	char path[256];
	int mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;

	options.sock_state_cb = on_sock_state;
	options.sock_state_cb_data = channel;
	options.timeout = TRY_MSEC;
	options.tries = TRIES;
#ifdef ARES_OPT_QUERY_CACHE
	/* Answers are kept by resolve.c, which knows when they have failed. */
	options.qcache_max_ttl = 0;
	mask |= ARES_OPT_QUERY_CACHE;
#endif
	if (channel->source != NULL) {
		if (strlen(channel->source->resolv_conf) >= sizeof(path))
			return ARES_EFILE;
		options.resolvconf_path =
		    strcpy(path, channel->source->resolv_conf);
		options.udp_port = channel->source->port;
		options.tcp_port = channel->source->port;
		mask |=
		    ARES_OPT_RESOLVCONF | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT;
	}
	return ares_init_options(ret_ares, &options, mask);
}

/* Not left to ares_destroy, which up to c-ares 1.17.1 frees them twice. */
static void
close_ares(ares_channel ares)
{
	ares_cancel(ares);
	ares_destroy(ares);
}

/* Open anew if resolv.conf has changed; on failure the old one serves on. */
static void
follow_resolv_conf(struct channel *channel)
{
	uint64_t now = clock_monotonic(channel->clock);
	struct stat found;
	ares_channel fresh, old = channel->ares;

	if (now < channel->next_look)
		return;
	channel->next_look = now + CHANNEL_LOOK_EVERY;
	found = look(channel);
	if (same_file(&found, &channel->seen) ||
	    open_ares(channel, &fresh) != ARES_SUCCESS)
		return;
	channel->seen = found;
	channel->ares = fresh;
	close_ares(old);
}

struct channel *
channel_new(
    sd_event *event, struct clock *clock, const struct resolve_source *source)
{
	struct channel *channel;

	if ((channel = calloc(1, sizeof(*channel))) == NULL)
		return NULL;
	channel->event = sd_event_ref(event);
	channel->clock = clock;
	channel->source = source;
	if ((channel->timer = timer_new(clock, on_timer, channel)) == NULL ||
	    ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		goto fail;
	channel->library = true;
	/* Looked at before it is read: a change in between is seen later. */
	channel->seen = look(channel);
	channel->next_look = clock_monotonic(clock) + CHANNEL_LOOK_EVERY;
	if (open_ares(channel, &channel->ares) != ARES_SUCCESS) {
		channel->ares = NULL;
		goto fail;
	}
	return channel;

fail:
	channel_free(channel);
	return NULL;
}

void
channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	if (channel->ares != NULL)
		close_ares(channel->ares);
	while (channel->watches != NULL)
		unwatch(&channel->watches);
	if (channel->library)
		ares_library_cleanup();
	timer_free(channel->timer);
	sd_event_unref(channel->event);
	free(channel);
}

void
channel_ask(struct channel *channel, const char *host, int family,
    ares_addrinfo_callback done, void *arg)
{
	struct ares_addrinfo_hints hints = { 0 };

	follow_resolv_conf(channel);
	hints.ai_family = family;
	hints.ai_socktype = SOCK_STREAM;
	ares_getaddrinfo(channel->ares, host, NULL, &hints, done, arg);
	set_timer(channel);
}
