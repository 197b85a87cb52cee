/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "agent/http/hop.h"

static const char no_memory[] = "no memory";

/* Set ${ret} to a part of ${url}, decoded, if it is there. */
static bool
take(CURLU *url, CURLUPart part, CURLUcode none, char **ret)
{
	CURLUcode code = curl_url_get(url, part, ret, CURLU_URLDECODE);

	return code == CURLUE_OK || code == none;
}

/* Take the user, whom libcurl is told apart, out of the URL. */
static bool
take_user(struct hop *hop)
{
	CURLU *url = hop->target.url;

	return take(url, CURLUPART_USER, CURLUE_NO_USER, &hop->user) &&
	    take(url, CURLUPART_PASSWORD, CURLUE_NO_PASSWORD, &hop->password) &&
	    curl_url_set(url, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
	    curl_url_set(url, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK;
}

/*
 * Write the URL as libcurl is to have it: with a port, for which its defaults
 * are others, and by SOCKS5 with names, which are resolved beyond the proxy.
 */
static bool
write_url(struct hop *hop)
{
	CURLU *url = hop->target.url;
	char *scheme = NULL;
	bool done = true;

	if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		return false;
	hop->tls = strcmp(scheme, "https") == 0;
	if (strcmp(scheme, "socks5") == 0)
		done = curl_url_set(url, CURLUPART_SCHEME, "socks5h",
			   CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
	curl_free(scheme);
	return done &&
	    curl_url_set(url, CURLUPART_PORT, hop->target.port, 0) ==
	    CURLUE_OK &&
	    curl_url_get(url, CURLUPART_URL, &hop->url, 0) == CURLUE_OK;
}

const char *
hop_init(struct hop *hop, const struct http_proxy *proxy)
{
	const char *const *header;
	struct curl_slist *longer;
	const char *fault;

	*hop = (struct hop){ 0 };
	if (proxy == NULL)
		return NULL;
	if ((fault = target_init_proxy(&hop->target, proxy->url)) != NULL)
		return fault;
	if (!take_user(hop) || !write_url(hop))
		return no_memory;
	for (header = proxy->headers; header != NULL && *header != NULL;
	     header++) {
		longer = curl_slist_append(hop->headers, *header);
		if (longer == NULL)
			return no_memory;
		hop->headers = longer;
	}
	return NULL;
}

bool
hop_answers(const struct hop *hop)
{
	return hop->url != NULL && strncmp(hop->url, "http", 4) == 0;
}

bool
hop_tunnels(const struct hop *hop, const char *url)
{
	return hop_answers(hop) && strncasecmp(url, "https:", 6) == 0;
}

/* Set an option that is not needed without a value. */
static CURLcode
set(CURL *easy, CURLoption option, const void *value)
{
	return value == NULL ? CURLE_OK : curl_easy_setopt(easy, option, value);
}

CURLcode
hop_apply(const struct hop *hop, CURL *easy, bool tunnel)
{
	CURLcode code;

	/* Without these, libcurl looks into the environment. */
	code = curl_easy_setopt(
	    easy, CURLOPT_PROXY, hop->url != NULL ? hop->url : "");
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	if (code == CURLE_OK)
		code = set(easy, CURLOPT_PROXYUSERNAME, hop->user);
	if (code == CURLE_OK)
		code = set(easy, CURLOPT_PROXYPASSWORD, hop->password);
	if (code == CURLE_OK && tunnel)
		code = set(easy, CURLOPT_PROXYHEADER, hop->headers);
	/* Kerberos would keep the loop waiting for its servers. */
	if (code == CURLE_OK)
		code = curl_easy_setopt(
		    easy, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC);
	if (code == CURLE_OK)
		code = curl_easy_setopt(
		    easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	return code;
}

/* Wipe and free what libcurl gave. */
static void
drop(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	curl_free(text);
}

void
hop_release(struct hop *hop)
{
	struct curl_slist *header;

	target_release(&hop->target);
	curl_free(hop->url);
	drop(hop->user);
	drop(hop->password);
	for (header = hop->headers; header != NULL; header = header->next)
		explicit_bzero(header->data, strlen(header->data));
	curl_slist_free_all(hop->headers);
	*hop = (struct hop){ 0 };
}
