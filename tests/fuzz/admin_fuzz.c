/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/admin/pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TURNS 8                  /* Of the server, for one input. */
#define CONNECTION_MEMORY 16384u /* As the server has it. */

static struct pages pages;

static bool
is_ready(void *arg, struct buf *why)
{
	(void)arg;
	buf_puts(why, "Not yet.");
	return false;
}

/* The server, without a socket of its own; made once. */
static struct MHD_Daemon *
server(void)
{
	static struct MHD_Daemon *daemon;

	if (daemon != NULL)
		return daemon;
	pages = (struct pages){ .stats = stats_new(), .ready = is_ready };
	daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0,
	    NULL, NULL, pages_answer, &pages, MHD_OPTION_NOTIFY_COMPLETED,
	    pages_completed, &pages, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
	if (daemon == NULL || pages.stats == NULL)
		abort();
	return daemon;
}

/* What is answered begins as HTTP does. */
static void
check_answer(int fd)
{
	char head[5];
	ssize_t n = recv(fd, head, sizeof(head), MSG_DONTWAIT);

	if (n > 0 && memcmp(head, "HTTP/", (size_t)n) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct MHD_Daemon *daemon = server();
	int pair[2], i;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0)
		return 0;
	n = size > 0 ? send(pair[1], data, size, MSG_NOSIGNAL) : 0;
	if (MHD_add_connection(daemon, pair[0], (void *)&from, sizeof(from)) !=
	    MHD_YES)
		abort();
	for (i = 0; i < TURNS; i++)
		(void)MHD_run(daemon);
	if (n == (ssize_t)size)
		check_answer(pair[1]);
	(void)close(pair[1]);
	for (i = 0; i < TURNS; i++)
		(void)MHD_run(daemon);
	if (pages.bodies != 0)
		abort(); /* Something is taken for on its way. */
	return 0;
}
