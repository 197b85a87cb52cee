/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/loop.h"
#include "tests/unit/admin/web.h"

#define ANSWER_MAX (8u << 20) /* Bytes. */
#define PATIENCE (10 * CLOCK_SEC)

int
web_setup(void **state)
{
	struct web *web = calloc(1, sizeof(*web));

	assert_non_null(web);
	assert_true(sd_event_new(&web->event) >= 0);
	web->clock = loop_clock_new(web->event);
	web->stats = stats_new();
	web->answer = malloc(ANSWER_MAX);
	assert_true(web->clock != NULL && web->stats != NULL);
	assert_non_null(web->answer);
	web->log_fd = memfd_create("web_test", MFD_CLOEXEC);
	assert_true(web->log_fd >= 0);
	log_to(web->log_fd);
	*state = web;
	return 0;
}

int
web_teardown(void **state)
{
	struct web *web = *state;

	admin_free(web->admin);
	webfile_free(web->guard);
	log_to(STDERR_FILENO);
	(void)close(web->log_fd);
	free(web->answer);
	stats_free(web->stats);
	loop_clock_free(web->clock);
	sd_event_unref(web->event);
	free(web);
	return 0;
}

static bool
ready(void *arg, struct buf *why)
{
	struct web *web = arg;

	(void)usleep(web->slow * 1000);
	if (web->why != NULL)
		buf_puts(why, web->why);
	return web->ready;
}

static const struct overview *
overview(void *arg)
{
	struct web *web = arg;

	viewing_init(&web->viewing);
	return &web->viewing.overview;
}

static enum pages_reload
reload(void *arg, struct buf *report)
{
	struct web *web = arg;

	buf_printf(report, "reloaded %u\n", ++web->reloads);
	return web->reload;
}

void
web_start(struct web *web, const char *address, struct clock *clock)
{
	web->admin = admin_new(web->event, clock != NULL ? clock : web->clock,
	    &(struct admin_options){ .listen_address = address,
		.stats = web->stats,
		.web = web->guard,
		.ready = ready,
		.overview = overview,
		.reload = reload,
		.arg = web });
	assert_non_null(web->admin);
}

const char *
web_log(struct web *web)
{
	ssize_t n = pread(web->log_fd, web->seen, sizeof(web->seen) - 1, 0);

	assert_true(n >= 0);
	web->seen[n] = '\0';
	return web->seen;
}

unsigned
web_logged(struct web *web, const char *text)
{
	const char *at = web_log(web);
	unsigned n = 0;

	for (; (at = strstr(at, text)) != NULL; at += strlen(text))
		n++;
	return n;
}

uint16_t
web_port(struct web *web)
{
	const char *line = web_log(web), *last = NULL, *address;

	/* The last that was served. */
	while ((line = strstr(line, "msg=\"serving /metrics\"")) != NULL)
		last = line++;
	assert_non_null(last);
	address = strstr(last, "address=");
	assert_non_null(address);
	return (uint16_t)atoi(strchr(address, ':') + 1);
}

int
web_connect(struct web *web, int rcvbuf)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(web_port(web)) };
	void *address = &to;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (rcvbuf != 0)
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf,
				     sizeof(rcvbuf)),
		    0);
	assert_int_equal(connect(fd, address, sizeof(to)), 0);
	return fd;
}

void
web_send(int fd, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

unsigned
web_run(struct web *web, unsigned ms)
{
	uint64_t end = clock_monotonic(web->clock) + ms * CLOCK_MSEC;
	uint64_t now;
	unsigned busy = 0;

	while ((now = clock_monotonic(web->clock)) < end)
		busy += sd_event_run(web->event, end - now) > 0;
	return busy;
}

const char *
web_read(struct web *web, int fd, const char *until)
{
	uint64_t end = clock_monotonic(web->clock) + PATIENCE;
	ssize_t n;

	web->answer_len = 0;
	web->answer[0] = '\0';
	while (clock_monotonic(web->clock) < end) {
		if (until != NULL && strstr(web->answer, until) != NULL)
			return web->answer;
		n = recv(fd, web->answer + web->answer_len,
		    ANSWER_MAX - 1 - web->answer_len, MSG_DONTWAIT);
		if (n > 0) {
			web->answer_len += (size_t)n;
			web->answer[web->answer_len] = '\0';
		} else if (n == 0 || errno != EAGAIN) {
			return web->answer;
		} else {
			assert_true(sd_event_run(web->event, 1000) >= 0);
		}
	}
	fail_msg("no answer in time; so far: %s", web->answer);
	return NULL;
}

const char *
web_ask(struct web *web, const char *request)
{
	int fd = web_connect(web, 0);

	web_send(fd, request);
	(void)web_read(web, fd, NULL);
	(void)close(fd);
	return web->answer;
}

int
web_setup_served(void **state)
{
	(void)web_setup(state);
	web_start(*state, "127.0.0.1:0", NULL);
	return 0;
}

void
web_check_healthy(struct web *web)
{
	assert_non_null(
	    strstr(web_ask(web, HEALTHY_CLOSE), "walship is healthy.\n"));
}
