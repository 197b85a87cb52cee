/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "agent/http/multi.h"

struct multi {
	sd_event *event;
	struct clock *clock;
	struct timer *timer; /* libcurl's next time-out. */
	CURLM *curl;
	multi_done_fn *done;
	void *arg;
};

/* Hand out what has ended.  Each call back may add and remove transfers. */
static void
reap(struct multi *multi)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(multi->curl, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			multi->done(
			    multi->arg, msg->easy_handle, msg->data.result);
}

static void
on_timer(void *arg)
{
	struct multi *multi = arg;
	int running;

	(void)curl_multi_socket_action(
	    multi->curl, CURL_SOCKET_TIMEOUT, 0, &running);
	reap(multi);
}

static int
on_timeout(CURLM *curl, long msec, void *arg)
{
	struct multi *multi = arg;
	uint64_t at = CLOCK_NEVER;

	(void)curl;
	if (msec >= 0)
		at =
		    clock_monotonic(multi->clock) + (uint64_t)msec * CLOCK_MSEC;
	timer_set(multi->timer, at);
	return 0;
}

static int
on_socket(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct multi *multi = arg;
	int running, mask = 0;

	(void)source; /* May be gone when libcurl returns. */
	/* No bits have libcurl look for itself, and find out what is wrong. */
	if ((events & (EPOLLERR | EPOLLHUP)) == 0) {
		if ((events & EPOLLIN) != 0)
			mask |= CURL_CSELECT_IN;
		if ((events & EPOLLOUT) != 0)
			mask |= CURL_CSELECT_OUT;
	}
	(void)curl_multi_socket_action(multi->curl, fd, mask, &running);
	reap(multi);
	return 0;
}

/* A socket that cannot be watched is as a peer that does not answer. */
static void
watch(struct multi *multi, curl_socket_t fd, uint32_t events)
{
	sd_event_source *source;

	if (sd_event_add_io(
		multi->event, &source, fd, events, on_socket, multi) < 0)
		return;
	if (curl_multi_assign(multi->curl, fd, source) != CURLM_OK)
		sd_event_source_disable_unref(source);
}

/* libcurl says what it waits for on a socket, and when it closes it. */
static int
on_interest(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct multi *multi = arg;
	sd_event_source *source = assigned;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;

	if (source == NULL) {
		if (events != 0)
			watch(multi, fd, events);
	} else if (events == 0) {
		/* A hang-up would be reported over and over. */
		sd_event_source_disable_unref(source);
		(void)curl_multi_assign(multi->curl, fd, NULL);
	} else {
		(void)sd_event_source_set_io_events(source, events);
	}
	return 0;
}

static int
set_options(struct multi *multi, long max_connections)
{
	CURLM *curl = multi->curl;

	if (curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, on_interest) ||
	    curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, multi) ||
	    curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, on_timeout) ||
	    curl_multi_setopt(curl, CURLMOPT_TIMERDATA, multi) ||
	    curl_multi_setopt(curl, CURLMOPT_MAXCONNECTS, max_connections))
		return -1;
	return 0;
}

struct multi *
multi_new(sd_event *event, struct clock *clock, long max_connections,
    multi_done_fn *done, void *arg)
{
	struct multi *multi;

	if ((multi = calloc(1, sizeof(*multi))) == NULL)
		return NULL;
	multi->event = sd_event_ref(event);
	multi->clock = clock;
	multi->done = done;
	multi->arg = arg;
	multi->timer = timer_new(clock, on_timer, multi);
	multi->curl = curl_multi_init();
	if (multi->timer == NULL || multi->curl == NULL ||
	    set_options(multi, max_connections) != 0)
		goto fail;
	return multi;

fail:
	multi_free(multi);
	return NULL;
}

void
multi_free(struct multi *multi)
{
	if (multi == NULL)
		return;
	/* Closes the connections, calling on_interest and on_timeout. */
	if (multi->curl != NULL)
		(void)curl_multi_cleanup(multi->curl);
	timer_free(multi->timer);
	sd_event_unref(multi->event);
	free(multi);
}

int
multi_add(struct multi *multi, CURL *easy)
{
	return curl_multi_add_handle(multi->curl, easy) == CURLM_OK ? 0 : -1;
}

void
multi_remove(struct multi *multi, CURL *easy)
{
	(void)curl_multi_remove_handle(multi->curl, easy);
}
