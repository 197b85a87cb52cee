/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/spool/manager.h - a service manager that listens, and keeps
 * nothing.
 */
#ifndef TESTS_UNIT_SPOOL_MANAGER_H
#define TESTS_UNIT_SPOOL_MANAGER_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MANAGER_TEXT_MAX 512 /* Bytes of what it is told at a time. */

struct manager {
	char root[64];
	char address[96];
	int socket;
};

/* Listen, and say so in the environment; NULL: without a ${promise}. */
static inline void
manager_open(struct manager *manager, const char *promise)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(
	    manager->root, sizeof(manager->root), "/tmp/manager.XXXXXX");
	if (mkdtemp(manager->root) == NULL)
		abort();
	(void)snprintf(manager->address, sizeof(manager->address), "%s/notify",
	    manager->root);
	memcpy(address.sun_path, manager->address, strlen(manager->address));
	manager->socket =
	    socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(manager->socket, (struct sockaddr *)&address,
		sizeof(address)) != 0 ||
	    setenv("NOTIFY_SOCKET", manager->address, 1) != 0 ||
	    unsetenv("FDSTORE") != 0 ||
	    (promise != NULL && setenv("FDSTORE", promise, 1) != 0))
		abort();
}

static inline void
manager_close(struct manager *manager)
{
	(void)close(manager->socket);
	(void)unlink(manager->address);
	(void)rmdir(manager->root);
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("FDSTORE");
}

/*
 * Write to ${text} what it was told next, or nothing, and return the descriptor
 * that came with it or -1.
 */
static inline int
manager_hear_fd(struct manager *manager, char text[MANAGER_TEXT_MAX])
{
	union {
		struct cmsghdr head;
		char data[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { .iov_base = text,
		.iov_len = MANAGER_TEXT_MAX - 1 };
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(manager->socket, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *extra;
	int fd = -1;

	text[len > 0 ? len : 0] = '\0';
	if (len > 0 && (extra = CMSG_FIRSTHDR(&msg)) != NULL &&
	    extra->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(extra), sizeof(fd));
	return fd;
}

/* The same, but what came with it is closed. */
static inline void
manager_hear(struct manager *manager, char text[MANAGER_TEXT_MAX])
{
	int fd = manager_hear_fd(manager, text);

	if (fd != -1)
		(void)close(fd);
}

#endif /* TESTS_UNIT_SPOOL_MANAGER_H */
