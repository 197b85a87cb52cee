/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/admin/listen.h"

/* Who comes in a flood is to find his way in. */
#define BACKLOG SOMAXCONN
#define HOST_MAX 64u /* Bytes: an IPv6 address and its zone. */

/* An address in its parts, none longer than the array that holds it. */
struct parts {
	char host[HOST_MAX]; /* Without brackets. */
	char port[6];        /* Digits, of a number up to 65535. */
};

/* Copy ${len} bytes as a string into ${to} of ${size}, if they fit. */
static bool
copy(char *to, size_t size, const char *from, size_t len)
{
	if (len >= size)
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

static bool
copy_port(struct parts *parts, const char *port)
{
	size_t len = strlen(port);

	return len > 0 && strspn(port, "0123456789") == len &&
	    copy(parts->port, sizeof(parts->port), port, len) &&
	    strtoul(port, NULL, 10) <= UINT16_MAX;
}

/* Split ${address}; return what is wrong with it, or NULL. */
static const char *
split(const char *address, struct parts *parts)
{
	const char *host = address;
	const char *colon = strrchr(address, ':');
	size_t len;

	if (colon == NULL || !copy_port(parts, colon + 1))
		return "no port from 0 to 65535 after the last colon";
	len = (size_t)(colon - address);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
		if (memchr(host, ':', len) == NULL)
			return "no IPv6 address in the brackets";
	} else if (memchr(host, ':', len) != NULL) {
		return "an IPv6 address needs brackets, as in [::1]:9795";
	}
	if (len == strlen("localhost") && memcmp(host, "localhost", len) == 0) {
		host = "127.0.0.1";
		len = strlen(host);
	}
	if (!copy(parts->host, sizeof(parts->host), host, len))
		return "the host is too long for an address";
	return NULL;
}

/* Return a socket that listens on ${ai}, or a negative errno value. */
static int
open_socket(const struct addrinfo *ai)
{
	static const int on = 1, off = 0;
	int fd, error;

	fd = socket(ai->ai_family,
	    ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
	if (fd == -1)
		return -errno;
	/* Either may fail: then bind says whether it mattered. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    listen(fd, BACKLOG) == -1) {
		error = errno;
		(void)close(fd);
		return -error;
	}
	return fd;
}

/* Listen on ${host}; a negative errno value with the reason in ${ret_why}. */
static int
open_host(const char *host, const char *port, const char **ret_why)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *ai;
	int error, fd;

	if ((error = getaddrinfo(host, port, &hints, &ai)) != 0) {
		*ret_why = error == EAI_NONAME
		    ? "the host is not a numeric address"
		    : gai_strerror(error);
		return -EINVAL;
	}
	if ((fd = open_socket(ai)) < 0)
		*ret_why = strerror(-fd);
	freeaddrinfo(ai);
	return fd;
}

int
listen_open(const char *address, struct buf *why)
{
	struct parts parts;
	const char *reason;
	int fd;

	if ((reason = split(address, &parts)) != NULL) {
		buf_puts(why, reason);
		return -1;
	}
	if (parts.host[0] != '\0') {
		fd = open_host(parts.host, parts.port, &reason);
	} else {
		/* Every address: IPv4 alone where there is no IPv6. */
		fd = open_host("::", parts.port, &reason);
		if (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL)
			fd = open_host("0.0.0.0", parts.port, &reason);
	}
	if (fd < 0) {
		buf_puts(why, reason);
		return -1;
	}
	return fd;
}

void
listen_put_bound(int fd, struct buf *out)
{
	struct sockaddr_storage bound = { 0 };
	socklen_t len = sizeof(bound);
	char host[HOST_MAX], port[6];
	void *address = &bound;

	if (getsockname(fd, address, &len) != 0 ||
	    getnameinfo(address, len, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		buf_puts(out, "?");
	else
		buf_printf(out,
		    bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
		    port);
}

bool
listen_is_loopback(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} bound = { 0 };
	socklen_t len = sizeof(bound);

	if (getsockname(fd, &bound.any, &len) != 0)
		return false;
	if (bound.any.sa_family == AF_INET)
		return ntohl(bound.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return bound.any.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LOOPBACK(&bound.v6.sin6_addr);
}
