/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/http/target.h"

#define NAME_MAX_LEN 253  /* Bytes of a host name, by RFC 1035. */
#define SOCKS_PORT "1080" /* Where none is given. */

static const char no_memory[] = "no memory";

/* Whether a part of the URL is set; it is not looked at. */
static bool
has_part(CURLU *url, CURLUPart part)
{
	char *value = NULL;
	bool found = curl_url_get(url, part, &value, 0) == CURLUE_OK;

	curl_free(value);
	return found;
}

/* The schemes that are taken, NULL at the end; and what any other is. */
struct kind {
	const char *schemes[5];
	const char *fault;
};

static const struct kind servers = {
	{ "http", "https", NULL },
	"the URL is neither http nor https",
};

static const struct kind proxies = {
	{ "http", "https", "socks5", "socks5h", NULL },
	"the URL of the proxy is neither http, https nor socks5",
};

static const char *
check_scheme(CURLU *url, const struct kind *kind)
{
	const char *const *known = kind->schemes;
	char *scheme = NULL;

	if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		return no_memory;
	while (*known != NULL && strcmp(scheme, *known) != 0)
		known++;
	curl_free(scheme);
	return *known != NULL ? NULL : kind->fault;
}

/* Take the port, or that of the scheme: libcurl knows none for SOCKS. */
static bool
take_port(struct target *target)
{
	CURLUcode code = curl_url_get(
	    target->url, CURLUPART_PORT, &target->port, CURLU_DEFAULT_PORT);

	if (code == CURLUE_NO_PORT &&
	    curl_url_set(target->url, CURLUPART_PORT, SOCKS_PORT, 0) ==
		CURLUE_OK)
		code =
		    curl_url_get(target->url, CURLUPART_PORT, &target->port, 0);
	return code == CURLUE_OK;
}

/* Whether ${host} is "[address]". */
static bool
is_ipv6(const char *host)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t len = strlen(host);

	if (len < 2 || host[0] != '[' || host[len - 1] != ']' ||
	    len - 2 >= sizeof(text))
		return false;
	memcpy(text, host + 1, len - 2);
	text[len - 2] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

static bool
is_name(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_";
	size_t len = strlen(host);

	return len > 0 && len <= NAME_MAX_LEN && strspn(host, allowed) == len;
}

static const char *
check_host(struct target *target)
{
	struct in_addr v4;

	if (has_part(target->url, CURLUPART_ZONEID))
		return "addresses with a zone cannot be used";
	if (is_ipv6(target->host)) {
		target->numeric = true;
		curl_free(target->host);
		target->host = NULL;
		return NULL;
	}
	if (!is_name(target->host))
		return "the host in the URL is neither a name nor an address";
	target->numeric = inet_pton(AF_INET, target->host, &v4) == 1;
	return NULL;
}

/* Take ${url} apart, one of ${kind}. */
static const char *
take_apart(struct target *target, const char *url, const struct kind *kind)
{
	const char *fault;
	CURLUcode code;

	*target = (struct target){ 0 };
	if ((target->url = curl_url()) == NULL)
		return no_memory;
	code = curl_url_set(
	    target->url, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
	if (code == CURLUE_OUT_OF_MEMORY)
		return no_memory;
	if (code != CURLUE_OK)
		return "the URL cannot be read";
	if ((fault = check_scheme(target->url, kind)) != NULL)
		return fault;
	if (curl_url_get(target->url, CURLUPART_HOST, &target->host, 0) !=
		CURLUE_OK ||
	    !take_port(target))
		return "the URL names no host";
	return check_host(target);
}

const char *
target_init(struct target *target, const char *url)
{
	return take_apart(target, url, &servers);
}

const char *
target_init_proxy(struct target *target, const char *url)
{
	return take_apart(target, url, &proxies);
}

bool
target_is_https(CURLU *url)
{
	char *scheme = NULL;
	bool found =
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    strcmp(scheme, "https") == 0;

	curl_free(scheme);
	return found;
}

void
target_release(struct target *target)
{
	curl_free(target->host);
	curl_free(target->port);
	curl_url_cleanup(target->url);
	*target = (struct target){ 0 };
}
