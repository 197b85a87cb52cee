/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/config/url.h"
#include "agent/ship/redirect.h"

/* Bytes of ${url} before its userinfo or host. */
static size_t
scheme_len(const char *url)
{
	return (size_t)(strstr(url, "://") + 3 - url);
}

/* Bytes of ${url} before its path. */
static size_t
origin_len(const char *url)
{
	size_t len = scheme_len(url);

	return len + strcspn(url + len, "/?#");
}

/* The first ${len} bytes of ${url}, and then ${rest}; to be freed. */
static char *
join(const char *url, size_t len, const char *rest)
{
	char *joined;

	if (len > URL_MAX ||
	    asprintf(&joined, "%.*s%s", (int)len, url, rest) == -1)
		return NULL;
	return joined;
}

/* Bytes of ${url} up to the last slash of its path, or of the origin. */
static size_t
folder_len(const char *url)
{
	size_t start = origin_len(url), len;

	len = start + strcspn(url + start, "?#");
	while (len > start && url[len - 1] != '/')
		len--;
	return len;
}

/* ${location} as an absolute URL, to be freed. */
static char *
resolve(const char *url, const char *location)
{
	if (strncasecmp(location, "http://", 7) == 0 ||
	    strncasecmp(location, "https://", 8) == 0)
		return strdup(location);
	if (location[0] == '/' && location[1] == '/')
		return join(url, scheme_len(url) - 2, location);
	if (location[0] == '/')
		return join(url, origin_len(url), location);
	if (location[0] == '?')
		return join(url,
		    origin_len(url) + strcspn(url + origin_len(url), "?#"),
		    location);
	/* A path beside this one; any other scheme has a colon first. */
	if (strcspn(location, ":") < strcspn(location, "/?#"))
		return NULL;
	if (folder_len(url) == origin_len(url))
		return NULL;
	return join(url, folder_len(url), location);
}

/* The host and port of ${url}, and the length of the two. */
static const char *
host_of(const char *url, size_t *ret_len)
{
	size_t len = scheme_len(url), end = origin_len(url);
	const char *at = memrchr(url + len, '@', end - len);

	if (at != NULL)
		len = (size_t)(at + 1 - url);
	*ret_len = end - len;
	return url + len;
}

static bool
is_https(const char *url)
{
	return strncasecmp(url, "https", 5) == 0;
}

/* ${len} bytes of host and port without the port that is the scheme's own. */
static size_t
trim_port(const char *host, size_t len, bool https)
{
	const char *port = https ? ":443" : ":80";
	size_t port_len = strlen(port);

	return len > port_len &&
		memcmp(host + len - port_len, port, port_len) == 0
	    ? len - port_len
	    : len;
}

static bool
same_origin(const char *a, const char *b)
{
	size_t a_len, b_len;
	const char *a_host = host_of(a, &a_len), *b_host = host_of(b, &b_len);

	a_len = trim_port(a_host, a_len, is_https(a));
	b_len = trim_port(b_host, b_len, is_https(b));
	return is_https(a) == is_https(b) && a_len == b_len &&
	    strncasecmp(a_host, b_host, a_len) == 0;
}

char *
redirect_target(const char *url, const char *location, bool credentials)
{
	char *target;

	if (location == NULL || *location == '\0' ||
	    (target = resolve(url, location)) == NULL)
		return NULL;
	if (url_fault(target) == NULL &&
	    !(is_https(url) && !is_https(target)) &&
	    (!credentials || same_origin(url, target)))
		return target;
	free(target);
	return NULL;
}
