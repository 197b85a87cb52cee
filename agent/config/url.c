/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/text.h"
#include "agent/config/url.h"
#include "agent/config/value.h"

/* Where the parts of a URL are; none holds what divides it from the next. */
struct parts {
	size_t scheme_len;
	const char *user; /* NULL if there is none. */
	size_t user_len;
	const char *host; /* With its brackets. */
	size_t host_len;
	const char *port; /* NULL if there is none. */
	size_t port_len;
	const char *rest; /* Path and query, to the end. */
};

static int
split_scheme(const char *url, struct parts *parts)
{
	if (strncasecmp(url, "http://", 7) == 0)
		parts->scheme_len = 4;
	else if (strncasecmp(url, "https://", 8) == 0)
		parts->scheme_len = 5;
	else
		return -1;
	return 0;
}

/* Find the parts of ${url}, whose scheme is known. */
static void
split(const char *url, struct parts *parts)
{
	const char *at = url + parts->scheme_len + 3, *end, *mark;

	end = at + strcspn(at, "/?#");
	parts->rest = end;
	if ((mark = memrchr(at, '@', (size_t)(end - at))) != NULL) {
		parts->user = at;
		parts->user_len = (size_t)(mark - at);
		at = mark + 1;
	}
	parts->host = at;
	if (*at != '[' || (mark = memchr(at, ']', (size_t)(end - at))) == NULL)
		mark = at;
	mark = memchr(mark, ':', (size_t)(end - mark));
	if (mark != NULL) {
		parts->port = mark + 1;
		parts->port_len = (size_t)(end - parts->port);
		end = mark;
	}
	parts->host_len = (size_t)(end - parts->host);
}

/* Whether every byte of ${url} is one that URLs are made of. */
static bool
has_only_url_bytes(const char *url)
{
	for (; *url != '\0'; url++) {
		if (*url <= ' ' || *url > '~' || strchr("\"\\^`{|}", *url))
			return false;
		if (*url == '%' &&
		    (!isxdigit((unsigned char)url[1]) ||
			!isxdigit((unsigned char)url[2])))
			return false;
	}
	return true;
}

static bool
is_host(const char *host, size_t len)
{
	static const char *const allowed = "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789.-_";
	char text[URL_HOST_MAX + 1];
	struct in6_addr addr;

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, host, len);
	text[len] = '\0';
	if (*text != '[')
		return strspn(text, allowed) == len && *text != '.';
	if (text[len - 1] != ']')
		return false;
	text[len - 1] = '\0';
	return inet_pton(AF_INET6, text + 1, &addr) == 1;
}

static bool
is_port(const char *port, size_t len)
{
	char text[8];
	uint32_t number;

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, port, len);
	text[len] = '\0';
	return value_u32(text, &number) == 0 && number > 0 && number <= 65535;
}

/* libcurl takes no control characters in a user's name or password. */
static bool
is_user(const char *user, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (user[i] == '@' ||
		    (user[i] == '%' &&
			(user[i + 1] < '2' ||
			    strncasecmp(user + i, "%7f", 3) == 0)))
			return false;
	return true;
}

const char *
url_fault(const char *url)
{
	struct parts parts = { 0 };

	if (*url == '\0')
		return "empty; write where to send, as "
		       "https://host/api/v1/write";
	if (strlen(url) > URL_MAX)
		return "longer than 2048 bytes; shorten it";
	if (strpbrk(url, "<>") != NULL)
		return "has '<' or '>'; fill in what a placeholder stands for";
	if (split_scheme(url, &parts) != 0)
		return "must begin with http:// or https://";
	if (!has_only_url_bytes(url))
		return "has a character that no URL has; write it as % and "
		       "two hexadecimal digits";
	if (strchr(url, '#') != NULL)
		return "has a fragment, which is never sent; "
		       "remove '#' and what follows, or write %23";
	split(url, &parts);
	if (parts.user != NULL && !is_user(parts.user, parts.user_len))
		return "user or password has '@' or a control character; "
		       "write '@' as %40";
	if (!is_host(parts.host, parts.host_len))
		return "has no usable host; write a name, an IPv4 address, or "
		       "an IPv6 address in [], after the //";
	if (parts.port != NULL && !is_port(parts.port, parts.port_len))
		return "has no usable port after the host; "
		       "write 1 to 65535, or leave out the ':'";
	return NULL;
}

void
url_read(const struct schema_at *at, char **ret_url, char **ret_shown)
{
	const char *wrong;
	struct buf shown;

	if (!schema_is(at, TREE_SCALAR))
		return;
	if ((wrong = url_fault(at->node->text)) != NULL) {
		schema_fault(at, "%s", wrong);
		return;
	}
	schema_text(at, ret_url);
	free(*ret_shown);
	*ret_shown = NULL;
	buf_init(&shown, 4 * URL_MAX);
	text_put_shown_url(&shown, at->node->text);
	if (shown.bad || (*ret_shown = strdup(buf_text(&shown))) == NULL)
		at->faults->nomem = true;
	buf_release(&shown);
}

char *
url_name(const char *url)
{
	struct parts parts = { 0 };
	size_t path_len, len, i;
	char *name;

	(void)split_scheme(url, &parts);
	split(url, &parts);
	path_len = strcspn(parts.rest, "?");
	if ((name = calloc(1, strlen(url) + 1)) == NULL)
		return NULL;
	len = parts.scheme_len + 3;
	memcpy(name, url, len);
	memcpy(name + len, parts.host, parts.host_len);
	len += parts.host_len;
	for (i = 0; i < len; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	if (parts.port != NULL) {
		name[len++] = ':';
		memcpy(name + len, parts.port, parts.port_len);
		len += parts.port_len;
	}
	memcpy(name + len, parts.rest, path_len);
	return name;
}

bool
url_has_user(const char *url)
{
	struct parts parts = { 0 };

	if (split_scheme(url, &parts) != 0)
		return false;
	split(url, &parts);
	return parts.user != NULL;
}

/* The port of a URL in ${parts}, with that of its scheme if none is given. */
static uint32_t
port_of(const struct parts *parts)
{
	uint32_t port = 0;
	size_t i;

	if (parts->port == NULL)
		return parts->scheme_len == 4 ? 80 : 443;
	for (i = 0; i < parts->port_len && port <= UINT16_MAX; i++)
		port = port * 10 + (uint32_t)(parts->port[i] - '0');
	return port;
}

bool
url_same_place(const char *a, const char *b)
{
	size_t len = strcspn(a, "?");

	return strcspn(b, "?") == len && strncmp(a, b, len) == 0;
}

bool
url_same_origin(const char *a, const char *b)
{
	struct parts pa = { 0 }, pb = { 0 };

	if (split_scheme(a, &pa) != 0 || split_scheme(b, &pb) != 0)
		return false;
	split(a, &pa);
	split(b, &pb);
	return pa.scheme_len == pb.scheme_len && pa.host_len == pb.host_len &&
	    strncasecmp(pa.host, pb.host, pa.host_len) == 0 &&
	    port_of(&pa) == port_of(&pb);
}

bool
url_under(const char *url, const char *suffix)
{
	struct parts parts = { 0 };
	size_t len = strlen(suffix);

	if (split_scheme(url, &parts) != 0)
		return false;
	split(url, &parts);
	if (parts.host_len > 0 && parts.host[parts.host_len - 1] == '.')
		parts.host_len--;
	return parts.host_len > len &&
	    strncasecmp(parts.host + parts.host_len - len, suffix, len) == 0;
}

/* Whether the host of ${parts} is this machine, by name or number. */
static bool
is_loopback(const struct parts *parts)
{
	char host[INET_ADDRSTRLEN];
	struct in_addr addr;

	if (parts->host_len >= sizeof(host))
		return false;
	memcpy(host, parts->host, parts->host_len);
	host[parts->host_len] = '\0';
	return strcasecmp(host, "localhost") == 0 ||
	    strcmp(host, "[::1]") == 0 ||
	    (inet_pton(AF_INET, host, &addr) == 1 &&
		ntohl(addr.s_addr) >> 24 == IN_LOOPBACKNET);
}

bool
url_is_private(const char *url)
{
	struct parts parts = { 0 };

	if (split_scheme(url, &parts) != 0)
		return false;
	split(url, &parts);
	return parts.scheme_len == strlen("https") || is_loopback(&parts);
}

int
url_host(const char *url, char host[URL_HOST_MAX + 1], uint16_t *port)
{
	struct parts parts = { 0 };
	size_t len, i;

	if (split_scheme(url, &parts) != 0)
		return -1;
	split(url, &parts);
	len = parts.host_len;
	if (len > 2 && parts.host[0] == '[') {
		parts.host++;
		len -= 2;
	}
	if (len == 0 || len > URL_HOST_MAX)
		return -1;
	for (i = 0; i < len; i++)
		host[i] = (char)tolower((unsigned char)parts.host[i]);
	host[len] = '\0';
	*port = (uint16_t)port_of(&parts);
	return 0;
}
