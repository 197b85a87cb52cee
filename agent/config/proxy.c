/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/wipe.h"
#include "agent/config/given.h"
#include "agent/config/header.h"
#include "agent/config/proxy.h"
#include "agent/config/url.h"

/* Bytes of the scheme that ${url} begins with; 0 if it is none of a proxy. */
static size_t
scheme_len(const char *url)
{
	static const char *const schemes[] = { "http://", "https://",
		"socks5://", "socks5h://" };
	size_t i, len;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		len = strlen(schemes[i]);
		if (strncasecmp(url, schemes[i], len) == 0)
			return len;
	}
	return 0;
}

const char *
proxy_url_fault(const char *url)
{
	char plain[URL_MAX + sizeof("http://")];
	size_t len = scheme_len(url);

	if (len == 0)
		return "must begin with http://, https:// or socks5://";
	/* All that follows the scheme is as in any other URL. */
	(void)snprintf(plain, sizeof(plain), "http://%s", url + len);
	return strlen(url + len) > URL_MAX ? "longer than 2048 bytes; "
					     "shorten it"
					   : url_fault(plain);
}

void
proxy_read_url(const struct schema_at *at, void *target)
{
	const char *wrong;

	if (!schema_is(at, TREE_SCALAR) || at->node->text[0] == '\0')
		return;
	if ((wrong = proxy_url_fault(at->node->text)) != NULL)
		schema_fault(at, "%s", wrong);
	else
		schema_text(at, target);
}

void
proxy_read_list(const struct schema_at *at, void *target)
{
	if (!schema_is(at, TREE_SCALAR))
		return;
	if (strlen(at->node->text) > PROXY_LIST_MAX)
		schema_fault(
		    at, "longer than %u bytes; shorten it", PROXY_LIST_MAX);
	else
		given_text(at, target);
}

/* Add the header ${name} with the value at ${at}. */
static void
add_header(
    const struct schema_at *at, const char *name, struct config_proxy *proxy)
{
	struct config_header *header;
	const char *wrong = header_value_fault(at->node->text);

	if (wrong != NULL) {
		schema_fault(at, "%s", wrong);
		return;
	}
	if (proxy->headers_len == CONFIG_HEADERS_MAX) {
		schema_fault(at, "more than %u headers; remove some",
		    CONFIG_HEADERS_MAX);
		return;
	}
	header = &proxy->headers[proxy->headers_len++];
	header->name = strdup(name);
	header->value = strdup(at->node->text);
	if (header->name == NULL || header->value == NULL)
		at->faults->nomem = true;
}

/* Read the values, a list, of the header that ${at} is named after. */
static void
read_values(const struct schema_at *at, struct config_proxy *proxy)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct schema_at unnamed = *at->up;

	unnamed.node = at->node;
	if (!header_is_token(at->key)) {
		schema_fault_key(&unnamed,
		    "not a header name; write 'Name: [value]', with a space "
		    "after the colon");
		return;
	}
	if (!schema_is(at, TREE_LIST))
		return;
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next, child.index++)
		if (schema_is(&child, TREE_SCALAR))
			add_header(&child, at->key, proxy);
}

void
proxy_read_headers(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct config_proxy *proxy = target;

	if (!schema_is(at, TREE_MAPPING))
		return;
	proxy->headers = calloc(CONFIG_HEADERS_MAX, sizeof(*proxy->headers));
	if (proxy->headers == NULL) {
		at->faults->nomem = true;
		return;
	}
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next) {
		child.key = child.node->key->text;
		read_values(&child, proxy);
	}
}

/* Add a fault at ${key} if there is ${other} too. */
static void
check_alone(const struct schema_at *at, const char *key, const char *other)
{
	struct schema_at place = schema_child(at, key);

	schema_fault_key(&place, "there is %s too; keep one of the two", other);
}

/* There is one proxy to go by at most. */
static void
check_sources(const struct schema_at *at, const struct config_proxy *proxy)
{
	static const char *const environment = "proxy_from_environment";
	static const char *const arc = "proxy_from_arc";

	if (proxy->from_environment && proxy->url != NULL)
		check_alone(at, "proxy_url", environment);
	if (proxy->from_arc && proxy->url != NULL)
		check_alone(at, "proxy_url", arc);
	if (proxy->from_arc && proxy->from_environment)
		check_alone(at, environment, arc);
}

void
proxy_check(const struct schema_at *at, const struct config_proxy *proxy)
{
	bool named = proxy->url != NULL || proxy->from_arc;
	struct schema_at place;

	if (at->node->kind != TREE_MAPPING)
		return;
	check_sources(at, proxy);
	if (proxy->no_proxy != NULL && (proxy->from_environment || !named)) {
		place = schema_child(at, "no_proxy");
		schema_fault_key(&place, "%s",
		    proxy->from_environment
			? "there is proxy_from_environment too; have NO_PROXY "
			  "say it, or write proxy_url instead"
			: "there is no proxy_url; add it, or remove this");
	}
	if (proxy->headers_len > 0 && !proxy->from_environment && !named) {
		place = schema_child(at, "proxy_connect_header");
		schema_fault_key(&place,
		    "there is neither proxy_url nor proxy_from_environment; "
		    "add one, or remove this");
	}
}

void
proxy_release(struct config_proxy *proxy)
{
	header_free(proxy->headers, proxy->headers_len);
	wipe_text(proxy->url);
	free(proxy->no_proxy);
	*proxy = (struct config_proxy){ 0 };
}
