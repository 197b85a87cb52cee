/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/config/url.h"
#include "agent/send/redirect.h"

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

static bool
is_https(const char *url)
{
	return strncasecmp(url, "https", 5) == 0;
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
	    (!credentials || url_same_origin(url, target)))
		return target;
	free(target);
	return NULL;
}

char *
redirect_of(const struct config_remote *remote, const char *target,
    unsigned int followed, const char *location)
{
	if (!remote->follow_redirects || remote->azuread != NULL ||
	    followed == REDIRECTS_MAX)
		return NULL;
	return redirect_target(target != NULL ? target : remote->url, location,
	    config_authenticates(remote));
}
