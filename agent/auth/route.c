/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/auth/bypass.h"
#include "agent/auth/route.h"
#include "agent/base/wipe.h"
#include "agent/config/url.h"

/* The value of the variable ${name}, or of ${small}; NULL: neither has one. */
static const char *
variable(const char *name, const char *small)
{
	const char *value = getenv(name);

	if (value == NULL || *value == '\0')
		value = getenv(small);
	return value == NULL || *value == '\0' ? NULL : value;
}

/* Keep the proxy that a variable holds, which may lack a scheme. */
static int
keep_url(char **url, const char *value)
{
	if (value == NULL)
		return 0;
	if (strstr(value, "://") != NULL)
		return (*url = strdup(value)) == NULL ? -1 : 0;
	if (asprintf(url, "http://%s", value) != -1)
		return 0;
	*url = NULL;
	return -1;
}

static int
keep_list(struct route *route, const char *list)
{
	route->bypass = strdup(list != NULL ? list : "");
	return route->bypass == NULL ? -1 : 0;
}

static int
look_around(struct route *route)
{
	return keep_list(route, variable("NO_PROXY", "no_proxy")) != 0 ||
		keep_url(&route->http_url,
		    variable("HTTP_PROXY", "http_proxy")) != 0 ||
		keep_url(&route->https_url,
		    variable("HTTPS_PROXY", "https_proxy")) != 0
	    ? -1
	    : 0;
}

/* Only with a list is this machine spared, as Prometheus has it. */
static int
take_config(struct route *route, const struct config_proxy *config)
{
	if (config->no_proxy != NULL && keep_list(route, config->no_proxy) != 0)
		return -1;
	return keep_url(&route->http_url, config->url) != 0 ||
		keep_url(&route->https_url, config->url) != 0
	    ? -1
	    : 0;
}

static int
take_headers(struct route *route, const struct config_proxy *config)
{
	const struct config_header *header = config->headers;
	size_t i;

	route->headers =
	    calloc(config->headers_len + 1, sizeof(*route->headers));
	for (i = 0; route->headers != NULL && i < config->headers_len; i++)
		if (asprintf(&route->headers[i], "%s: %s", header[i].name,
			header[i].value) == -1) {
			route->headers[i] = NULL;
			return -1;
		}
	return route->headers == NULL ? -1 : 0;
}

int
route_init(struct route *route, const struct config_proxy *config)
{
	*route = (struct route){ .from_arc = config->from_arc };
	arc_proxy_init(&route->arc, ARC_PROXY_PATH);
	if (take_headers(route, config) != 0 ||
	    (config->from_environment ? look_around(route)
				      : take_config(route, config)) != 0)
		return -1;
	route->http.url = route->http_url;
	route->https.url = route->https_url;
	route->http.headers = (const char *const *)route->headers;
	route->https.headers = (const char *const *)route->headers;
	return 0;
}

/* Whether ${url} is for ${list}, or this machine; not, if there is none. */
static bool
is_spared(const char *list, const char *url)
{
	char host[URL_HOST_MAX + 1];
	uint16_t port;

	return list != NULL && url_host(url, host, &port) == 0 &&
	    bypass_holds(list, host, port);
}

const char *
route_find(struct route *route, const char *url, uint64_t now,
    const struct http_proxy **ret)
{
	struct http_proxy *proxy =
	    strncasecmp(url, "https:", 6) == 0 ? &route->https : &route->http;
	const char *why;

	*ret = NULL;
	if (route->from_arc) {
		if ((why = arc_proxy_look(&route->arc, now)) != NULL)
			return why;
		proxy->url = route->arc.url;
		if (is_spared(buf_text(&route->arc.bypass), url))
			return NULL;
	}
	if (proxy->url != NULL && !is_spared(route->bypass, url))
		*ret = proxy;
	return NULL;
}

void
route_release(struct route *route)
{
	char **header;

	for (header = route->headers; header != NULL && *header != NULL;
	     header++)
		wipe_text(*header);
	free(route->headers);
	wipe_text(route->http_url);
	wipe_text(route->https_url);
	free(route->bypass);
	arc_proxy_release(&route->arc);
	*route = (struct route){ 0 };
}
