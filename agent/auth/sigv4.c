/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "agent/auth/canonical.h"
#include "agent/auth/sigv4.h"
#include "agent/config/url.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define HASH 32u             /* Bytes of SHA-256. */
#define PARTS_MAX (1u << 20) /* Bytes of all that is signed but the body. */

/* What is made on the way to a signature. */
struct work {
	char time[17]; /* 20150830T123600Z */
	struct buf scope, host, headers, names, request, text;
};

static void
work_init(struct work *work, int64_t wall)
{
	time_t seconds = (time_t)(wall / 1000);
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(work->time, sizeof(work->time), "%Y%m%dT%H%M%SZ", &tm);
	buf_init(&work->scope, PARTS_MAX);
	buf_init(&work->host, PARTS_MAX);
	buf_secret(&work->headers, PARTS_MAX);
	buf_init(&work->names, PARTS_MAX);
	buf_secret(&work->request, 2 * PARTS_MAX);
	buf_init(&work->text, PARTS_MAX);
}

static void
work_release(struct work *work)
{
	buf_release(&work->scope);
	buf_release(&work->host);
	buf_release(&work->headers);
	buf_release(&work->names);
	buf_release(&work->request);
	buf_release(&work->text);
}

/* Append the hash of the ${len} bytes at ${data}, in small letters. */
static int
put_hash(struct buf *out, const void *data, size_t len)
{
	unsigned char hash[HASH];
	size_t i;

	if (EVP_Digest(data != NULL ? data : "", len, hash, NULL, EVP_sha256(),
		NULL) != 1)
		return -1;
	for (i = 0; i < HASH; i++)
		buf_printf(out, "%02x", hash[i]);
	return 0;
}

static int
hmac(const void *key, size_t key_len, const char *text, size_t len,
    unsigned char ret[HASH])
{
	return HMAC(EVP_sha256(), key, (int)key_len,
		   (const unsigned char *)text, len, ret, NULL) == NULL
	    ? -1
	    : 0;
}

/* Sign ${text} with the key of that day, region and service. */
static int
sign(const struct sigv4_keys *keys, const struct work *work, const char *text,
    size_t len, unsigned char ret[HASH])
{
	size_t secret_len = strlen(keys->secret_key) + 4;
	char *secret = malloc(secret_len + 1);
	int result = -1;

	if (secret == NULL)
		return -1;
	memcpy(secret, "AWS4", 4);
	memcpy(secret + 4, keys->secret_key, secret_len - 3);
	if (hmac(secret, secret_len, work->time, strlen("20150830"), ret) ==
		0 &&
	    hmac(ret, HASH, keys->region, strlen(keys->region), ret) == 0 &&
	    hmac(ret, HASH, keys->service, strlen(keys->service), ret) == 0 &&
	    hmac(ret, HASH, "aws4_request", 12, ret) == 0)
		result = hmac(ret, HASH, text, len, ret);
	OPENSSL_cleanse(secret, secret_len);
	free(secret);
	return result;
}

/* The host as it is sent: without the port that its scheme has. */
static void
put_host(struct buf *out, const char *url)
{
	char host[URL_HOST_MAX + 1];
	uint16_t port, usual = strncasecmp(url, "https:", 6) == 0 ? 443 : 80;

	if (url_host(url, host, &port) != 0) {
		out->bad = true;
		return;
	}
	buf_printf(
	    out, strchr(host, ':') != NULL ? "host:[%s]" : "host:%s", host);
	if (port != usual)
		buf_printf(out, ":%u", (unsigned int)port);
}

/* Append all headers that are signed. */
static int
put_headers(
    struct work *work, struct sigv4 *sigv4, const struct http_request *request)
{
	const char *const *given = request->headers;
	const char **all;
	size_t len = 0;
	int result;

	put_host(&work->host, request->url);
	while (given != NULL && given[len] != NULL)
		len++;
	if ((all = calloc(len + 4, sizeof(*all))) == NULL)
		return -1;
	if (len > 0)
		memcpy(all, given, len * sizeof(*all));
	all[len++] = buf_text(&work->host);
	all[len++] = buf_text(&sigv4->date);
	if (sigv4->token.len > 0)
		all[len++] = buf_text(&sigv4->token);
	result = work->host.bad
	    ? -1
	    : canonical_headers(&work->headers, &work->names, all);
	free(all);
	return result;
}

/* Append the request in the one form that both sides sign. */
static int
put_request(
    struct work *work, struct sigv4 *sigv4, const struct http_request *request)
{
	const char *path = strstr(request->url, "://"), *query;
	struct buf *out = &work->request;
	size_t len;

	if (path == NULL)
		return -1;
	path += 3;
	path += strcspn(path, "/?#");
	len = strcspn(path, "?#");
	query = path[len] == '?' ? path + len + 1 : "";
	buf_puts(out, request->method == HTTP_GET ? "GET\n" : "POST\n");
	canonical_path(out, path, len);
	buf_putc(out, '\n');
	if (canonical_query(out, query) != 0 ||
	    put_headers(work, sigv4, request) != 0)
		return -1;
	buf_printf(out, "\n%s\n%s\n", buf_text(&work->headers),
	    buf_text(&work->names));
	return put_hash(out, request->body, request->body_len);
}

/* Append the header of the signature. */
static int
put_authorization(
    struct buf *out, struct work *work, const struct sigv4_keys *keys)
{
	unsigned char signature[HASH];
	struct buf *text = &work->text;
	size_t i;

	buf_printf(&work->scope, "%.8s/%s/%s/aws4_request", work->time,
	    keys->region, keys->service);
	buf_printf(
	    text, ALGORITHM "\n%s\n%s\n", work->time, buf_text(&work->scope));
	if (put_hash(text, buf_text(&work->request), work->request.len) != 0 ||
	    work->request.bad || text->bad ||
	    sign(keys, work, buf_text(text), text->len, signature) != 0)
		return -1;
	buf_printf(out,
	    "Authorization: " ALGORITHM " Credential=%s/%s, SignedHeaders=%s, "
	    "Signature=",
	    keys->access_key, buf_text(&work->scope), buf_text(&work->names));
	for (i = 0; i < HASH; i++)
		buf_printf(out, "%02x", signature[i]);
	return 0;
}

void
sigv4_init(struct sigv4 *sigv4)
{
	buf_init(&sigv4->date, PARTS_MAX);
	buf_init(&sigv4->authorization, PARTS_MAX);
	buf_secret(&sigv4->token, PARTS_MAX);
}

void
sigv4_release(struct sigv4 *sigv4)
{
	buf_release(&sigv4->date);
	buf_release(&sigv4->authorization);
	buf_release(&sigv4->token);
}

int
sigv4_sign(struct sigv4 *sigv4, const struct sigv4_keys *keys,
    const struct http_request *request, int64_t wall)
{
	struct work work;
	int result = -1;

	buf_reset(&sigv4->date);
	buf_reset(&sigv4->authorization);
	buf_reset(&sigv4->token);
	work_init(&work, wall);
	buf_printf(&sigv4->date, "X-Amz-Date: %s", work.time);
	if (keys->token != NULL)
		buf_printf(
		    &sigv4->token, "X-Amz-Security-Token: %s", keys->token);
	if (!sigv4->date.bad && !sigv4->token.bad &&
	    put_request(&work, sigv4, request) == 0 &&
	    put_authorization(&sigv4->authorization, &work, keys) == 0 &&
	    !sigv4->authorization.bad && !work.headers.bad && !work.names.bad &&
	    !work.scope.bad)
		result = 0;
	work_release(&work);
	return result;
}
