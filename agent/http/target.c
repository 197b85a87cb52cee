/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/http/target.h"

#define NAME_MAX_LEN 253 /* Bytes of a host name, by RFC 1035. */

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

static const char *
check_scheme(CURLU *url)
{
	const char *fault = NULL;
	char *scheme = NULL;

	if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		return no_memory;
	if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		fault = "the URL is neither http nor https";
	curl_free(scheme);
	return fault;
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

const char *
target_init(struct target *target, const char *url)
{
	const char *fault;
	CURLUcode code;

	*target = (struct target){ 0 };
	if ((target->url = curl_url()) == NULL)
		return no_memory;
	code = curl_url_set(target->url, CURLUPART_URL, url, 0);
	if (code == CURLUE_OUT_OF_MEMORY)
		return no_memory;
	if (code != CURLUE_OK)
		return "the URL cannot be read";
	if ((fault = check_scheme(target->url)) != NULL)
		return fault;
	if (curl_url_get(target->url, CURLUPART_HOST, &target->host, 0) !=
		CURLUE_OK ||
	    curl_url_get(target->url, CURLUPART_PORT, &target->port,
		CURLU_DEFAULT_PORT) != CURLUE_OK)
		return "the URL names no host";
	return check_host(target);
}

void
target_release(struct target *target)
{
	curl_free(target->host);
	curl_free(target->port);
	curl_url_cleanup(target->url);
	*target = (struct target){ 0 };
}
