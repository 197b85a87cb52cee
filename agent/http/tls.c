/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/http/target.h"
#include "agent/http/tls.h"

/* Seconds for which libcurl may keep authorities that it has read. */
#define AUTHORITIES_AGE 60L

#define HTTPS_PORT "443" /* Not written where it is meant. */

static const struct http_tls defaults = { 0 };

/* libcurl's words for the versions of TLS that are allowed. */
static long
versions_of(const struct http_tls *options)
{
	static const long least[] = { [HTTP_TLS_DEFAULT] =
					  CURL_SSLVERSION_TLSv1_2,
		[HTTP_TLS10] = CURL_SSLVERSION_TLSv1_0,
		[HTTP_TLS11] = CURL_SSLVERSION_TLSv1_1,
		[HTTP_TLS12] = CURL_SSLVERSION_TLSv1_2,
		[HTTP_TLS13] = CURL_SSLVERSION_TLSv1_3 };
	static const long most[] = { [HTTP_TLS_DEFAULT] =
					 CURL_SSLVERSION_MAX_DEFAULT,
		[HTTP_TLS10] = CURL_SSLVERSION_MAX_TLSv1_0,
		[HTTP_TLS11] = CURL_SSLVERSION_MAX_TLSv1_1,
		[HTTP_TLS12] = CURL_SSLVERSION_MAX_TLSv1_2,
		[HTTP_TLS13] = CURL_SSLVERSION_MAX_TLSv1_3 };

	return least[options->min_version] | most[options->max_version];
}

/* What libcurl calls the options, with whom they are for. */
struct words {
	CURLoption verify_peer, verify_host, versions;
	CURLoption authorities, folder, certificate, key, passphrase;
};

static const struct words to_server = { CURLOPT_SSL_VERIFYPEER,
	CURLOPT_SSL_VERIFYHOST, CURLOPT_SSLVERSION, CURLOPT_CAINFO,
	CURLOPT_CAPATH, CURLOPT_SSLCERT, CURLOPT_SSLKEY, CURLOPT_KEYPASSWD };

static const struct words to_proxy = { CURLOPT_PROXY_SSL_VERIFYPEER,
	CURLOPT_PROXY_SSL_VERIFYHOST, CURLOPT_PROXY_SSLVERSION,
	CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAPATH, CURLOPT_PROXY_SSLCERT,
	CURLOPT_PROXY_SSLKEY, CURLOPT_PROXY_KEYPASSWD };

static CURLcode
set_text(CURL *easy, CURLoption option, const char *text)
{
	return text == NULL ? CURLE_OK : curl_easy_setopt(easy, option, text);
}

/*
 * The file of authorities that are believed; NULL: the system's.  As with
 * OpenSSL and with Go's programs, the environment may name another.
 */
static const char *
authorities(const struct http_tls *options)
{
	const char *variable = getenv("SSL_CERT_FILE");

	if (options->ca_file != NULL)
		return options->ca_file;
	return variable != NULL && variable[0] != '\0' ? variable : NULL;
}

const char *
tls_fault(const struct http_tls *options)
{
	const char *ca_file =
	    authorities(options != NULL ? options : &defaults);
	struct stat st;

	/* Of one that is not there, libcurl says so. */
	return ca_file == NULL || stat(ca_file, &st) != 0 || S_ISREG(st.st_mode)
	    ? NULL
	    : "what SSL_CERT_FILE in the environment, or ca_file, names is "
	      "not a regular file; name one";
}

static CURLcode
set_common(
    CURL *easy, const struct words *words, const struct http_tls *options)
{
	const char *ca_file = authorities(options);
	CURLcode code;

	code = curl_easy_setopt(
	    easy, words->verify_peer, options->insecure ? 0L : 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(
		    easy, words->verify_host, options->insecure ? 0L : 2L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(
		    easy, words->versions, versions_of(options));
	if (code == CURLE_OK)
		code = set_text(easy, words->authorities, ca_file);
	/* With authorities of its own, it believes no others. */
	if (code == CURLE_OK && ca_file != NULL)
		code = curl_easy_setopt(easy, words->folder, NULL);
	if (code == CURLE_OK)
		code = set_text(easy, words->certificate, options->cert_file);
	if (code == CURLE_OK)
		code = set_text(easy, words->key, options->key_file);
	/* Without one, OpenSSL would ask the terminal, and wait. */
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, words->passphrase, "");
	return code;
}

/* Set ${host} and ${port} to those of ${url}, to be freed by curl_free. */
static CURLcode
read_origin(CURLU *url, char **host, char **port)
{
	if (curl_url_get(url, CURLUPART_HOST, host, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_PORT, port, CURLU_DEFAULT_PORT) !=
		CURLUE_OK)
		return CURLE_OUT_OF_MEMORY;
	return CURLE_OK;
}

/*
 * Have the certificate be for ${name}: ask that host in the URL, where libcurl
 * finds what to ask for, but connect to the one that is meant, and tell it so
 * in the words that libcurl has.
 */
static CURLcode
rename_host(struct tls *tls, CURL *easy, CURLU *url, const char *name)
{
	char *host = NULL, *port = NULL, *to = NULL;
	CURLcode code = read_origin(url, &host, &port);
	bool usual = code == CURLE_OK && strcmp(port, HTTPS_PORT) == 0;

	if (code == CURLE_OK &&
	    (asprintf(&tls->host, "Host: %s%s%s", host, usual ? "" : ":",
		 usual ? "" : port) == -1 ||
		asprintf(&to, "::%s:%s", host, port) == -1 ||
		(tls->connect = curl_slist_append(NULL, to)) == NULL ||
		(tls->url = curl_url_dup(url)) == NULL ||
		curl_url_set(tls->url, CURLUPART_HOST, name, 0) != CURLUE_OK))
		code = CURLE_OUT_OF_MEMORY;
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_CONNECT_TO, tls->connect);
	curl_free(host);
	curl_free(port);
	free(to);
	return code;
}

CURLcode
tls_apply(
    struct tls *tls, CURL *easy, CURLU *url, const struct http_tls *options)
{
	CURLcode code;

	if (options == NULL)
		options = &defaults;
	code = set_common(easy, &to_server, options);
#if LIBCURL_VERSION_NUM >= 0x075700
	if (code == CURLE_OK)
		code = curl_easy_setopt(
		    easy, CURLOPT_CA_CACHE_TIMEOUT, AUTHORITIES_AGE);
#endif
	if (code == CURLE_OK && options->server_name != NULL &&
	    target_is_https(url))
		code = rename_host(tls, easy, url, options->server_name);
	return code;
}

CURLcode
tls_apply_proxy(CURL *easy, const struct http_tls *options)
{
	return set_common(
	    easy, &to_proxy, options != NULL ? options : &defaults);
}

void
tls_release(struct tls *tls)
{
	curl_slist_free_all(tls->connect);
	curl_url_cleanup(tls->url);
	free(tls->host);
	*tls = (struct tls){ 0 };
}
