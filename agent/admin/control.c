/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/admin/control.h"
#include "agent/base/log.h"

#define BACKLOG 16
#define LOG_PERIOD (60 * CLOCK_SEC) /* Between lines that say the same. */

/* Who asks, and what is answered. */
struct client {
	struct control *control;
	sd_event_source
	    *source;  /* Watches, and owns, the socket; NULL: free. */
	uint64_t end; /* Monotonic us: it is left then. */
	char line[CONTROL_LINE_MAX];
	size_t len; /* Of the line so far. */
	struct buf answer;
	size_t sent; /* Bytes of the answer. */
	bool answered;
};

struct control {
	sd_event *event;
	struct clock *clock;
	struct control_options options;
	char *state_dir;
	sd_event_source *source; /* Watches, and owns, the listening socket. */
	struct timer *timer;     /* The next client to leave, or try. */
	uint64_t retry;          /* When: to make the socket, or accept. */
	struct log_gate gate;
	struct client clients[CONTROL_CLIENTS_MAX];
};

/*
 * The address of the socket in ${dir}, a descriptor: the path of a directory
 * may be longer than an address can be.
 */
static struct sockaddr_un
address_in(int dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(address.sun_path, sizeof(address.sun_path),
	    "/proc/self/fd/%d/" CONTROL_NAME, dir);
	return address;
}

static int
open_directory(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Close ${fd}, and leave errno as it is. */
static void
discard(int fd)
{
	int error = errno;

	if (fd != -1)
		(void)close(fd);
	errno = error;
}

int
control_connect(const char *state_dir)
{
	int dir = open_directory(state_dir), fd = -1;
	struct sockaddr_un address = address_in(dir);
	const void *at = &address;

	if (dir != -1 &&
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) != -1 &&
	    connect(fd, at, sizeof(address)) != 0) {
		discard(fd);
		fd = -1;
	}
	discard(dir);
	return fd;
}

/* Make the listening socket; -1 with errno. */
static int
open_socket(const char *state_dir)
{
	int dir = open_directory(state_dir), fd = -1;
	struct sockaddr_un address = address_in(dir);
	const void *at = &address;

	if (dir == -1)
		return -1;
	/* One that is there is of an earlier life: the directory is ours. */
	(void)unlinkat(dir, CONTROL_NAME, 0);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Its mode becomes that of the file. */
	if (fd != -1 &&
	    (fchmod(fd, 0600) != 0 || bind(fd, at, sizeof(address)) != 0 ||
		listen(fd, BACKLOG) != 0)) {
		discard(fd);
		fd = -1;
	}
	discard(dir);
	return fd;
}

/* Set the timer to what comes first. */
static void
rearm(struct control *control)
{
	uint64_t next = control->retry;
	unsigned int i;

	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].source != NULL &&
		    control->clients[i].end < next)
			next = control->clients[i].end;
	timer_set(control->timer, next);
}

/* Whether more clients are accepted. */
static void
accept_more(struct control *control, bool more)
{
	if (control->source != NULL)
		(void)sd_event_source_set_enabled(
		    control->source, more ? SD_EVENT_ON : SD_EVENT_OFF);
}

static void
leave(struct client *client)
{
	struct control *control = client->control;

	client->source = sd_event_source_disable_unref(client->source);
	buf_release(&client->answer);
	if (control->retry == CLOCK_NEVER)
		accept_more(control, true);
	rearm(control);
}

/* Send what the socket takes of the answer, and leave after the last of it. */
static void
send_answer(struct client *client)
{
	const struct buf *answer = &client->answer;
	int fd = sd_event_source_get_io_fd(client->source);
	ssize_t n;

	while (client->sent < answer->len) {
		n = send(fd, answer->data + client->sent,
		    answer->len - client->sent, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1)
			break;
		client->sent += (size_t)n;
	}
	leave(client);
}

/* Do as the line says, and begin to answer. */
static void
obey(struct client *client)
{
	const struct control_options *options = &client->control->options;
	struct buf text;
	bool done;

	buf_init(&text, CONTROL_TEXT_MAX);
	done = options->command(options->arg, client->line, &text);
	buf_puts(&client->answer, done ? CONTROL_OK "\n" : CONTROL_FAILED "\n");
	buf_put(&client->answer, text.data, text.len);
	buf_release(&text);
	client->answered = true;
	(void)sd_event_source_set_io_events(client->source, EPOLLOUT);
	send_answer(client);
}

/* Read on in the line; a client whose line is none is left. */
static void
read_line(struct client *client)
{
	int fd = sd_event_source_get_io_fd(client->source);
	char *end;
	ssize_t n;

	n = recv(fd, client->line + client->len,
	    sizeof(client->line) - client->len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		leave(client);
		return;
	}
	client->len += (size_t)n;
	if ((end = memchr(client->line, '\n', client->len)) != NULL) {
		*end = '\0';
		obey(client);
	} else if (client->len == sizeof(client->line)) {
		leave(client);
	}
}

static int
on_client(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct client *client = arg;

	(void)source;
	(void)fd;
	(void)events;
	if (client->answered)
		send_answer(client);
	else
		read_line(client);
	return 0;
}

/* A place for one more client, or NULL. */
static struct client *
free_client(struct control *control)
{
	unsigned int i;

	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].source == NULL)
			return &control->clients[i];
	return NULL;
}

/* Log that it does not work, now and then, and try again later. */
static void
put_off(struct control *control, const char *what, int error)
{
	uint64_t now = clock_monotonic(control->clock), hidden;

	control->retry = now + CONTROL_RETRY;
	if (log_gate_open(&control->gate, now, LOG_PERIOD, &hidden))
		log_warn(what, LOG_STR("path", control->state_dir),
		    LOG_ERRNO(error));
}

/* Serve ${fd}, which is owned or closed here. */
static int
welcome(struct control *control, struct client *client, int fd)
{
	int r;

	*client = (struct client){
		.control = control,
		.end = clock_monotonic(control->clock) + CONTROL_TIME,
	};
	buf_init(&client->answer, CONTROL_TEXT_MAX + CONTROL_LINE_MAX);
	r = sd_event_add_io(
	    control->event, &client->source, fd, EPOLLIN, on_client, client);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	(void)sd_event_source_set_io_fd_own(client->source, true);
	return 0;
}

static int
on_connection(sd_event_source *source, int listener, uint32_t events, void *arg)
{
	struct control *control = arg;
	struct client *client = free_client(control);
	int fd, r = 0;

	(void)source;
	(void)events;
	if (client != NULL) {
		fd =
		    accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd != -1)
			r = welcome(control, client, fd);
		else if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED)
			r = -errno;
	}
	if (r < 0)
		put_off(control, "cannot accept a command, retrying", -r);
	if (r < 0 || free_client(control) == NULL)
		accept_more(control, false);
	rearm(control);
	return 0;
}

/* Make the socket and serve it; 0, or a negative errno value. */
static int
start(struct control *control)
{
	int r, fd = open_socket(control->state_dir);

	if (fd == -1)
		return -errno;
	r = sd_event_add_io(control->event, &control->source, fd, EPOLLIN,
	    on_connection, control);
	if (r < 0)
		(void)close(fd);
	else
		(void)sd_event_source_set_io_fd_own(control->source, true);
	return r;
}

/* It is time to make the socket, or to accept again. */
static void
try_again(struct control *control)
{
	int r;

	control->retry = CLOCK_NEVER;
	if (control->source == NULL && (r = start(control)) < 0)
		put_off(control,
		    "cannot serve walship's commands, retrying; SIGHUP "
		    "reloads all the same",
		    -r);
	accept_more(control, free_client(control) != NULL);
}

static void
on_time(void *arg)
{
	struct control *control = arg;
	uint64_t now = clock_monotonic(control->clock);
	unsigned int i;

	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].source != NULL &&
		    control->clients[i].end <= now)
			leave(&control->clients[i]);
	if (control->retry <= now)
		try_again(control);
	rearm(control);
}

struct control *
control_new(
    sd_event *event, struct clock *clock, const struct control_options *options)
{
	struct control *control;

	if ((control = calloc(1, sizeof(*control))) == NULL)
		return NULL;
	control->event = sd_event_ref(event);
	control->clock = clock;
	control->options = *options;
	control->state_dir = strdup(options->state_dir);
	control->timer = timer_new(clock, on_time, control);
	if (control->state_dir == NULL || control->timer == NULL) {
		control_free(control);
		return NULL;
	}
	try_again(control);
	rearm(control);
	return control;
}

/* Remove the socket's file. */
static void
remove_file(const struct control *control)
{
	int dir = open_directory(control->state_dir);

	if (dir == -1)
		return;
	(void)unlinkat(dir, CONTROL_NAME, 0);
	(void)close(dir);
}

void
control_free(struct control *control)
{
	unsigned int i;

	if (control == NULL)
		return;
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].source != NULL)
			leave(&control->clients[i]);
	if (control->source != NULL)
		remove_file(control);
	sd_event_source_disable_unref(control->source);
	timer_free(control->timer);
	free(control->state_dir);
	sd_event_unref(control->event);
	free(control);
}
