/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/http/advice.h"
#include "agent/http/transfer.h"

/* Bytes of "+host:port:address,...". */
#define RESOLVE_LINE_MAX 2048u

/*
 * Seconds that libcurl may keep an address.  Each transfer brings its own, so
 * this only has to outlast a transfer, which may connect twice; and names
 * that are no longer used, such as those of redirects, do go in the end.
 */
#define ADDRESS_AGE 3600L

/* Seconds after which an idle connection is not used again. */
#define CONNECTION_AGE 300L

#define PROXY_WANTS_USER 407 /* Proxy Authentication Required. */

static void
set_long(struct transfer *transfer, CURLoption option, long value)
{
	if (transfer->option == CURLE_OK)
		transfer->option =
		    curl_easy_setopt(transfer->easy, option, value);
}

static void
set_pointer(struct transfer *transfer, CURLoption option, const void *value)
{
	if (transfer->option == CURLE_OK)
		transfer->option =
		    curl_easy_setopt(transfer->easy, option, value);
}

/* A short count stops the transfer. */
static size_t
on_line(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	bool before = transfer->response.status != 0;

	if (!response_line(&transfer->response, data, size * count))
		return 0;
	if (!before && transfer->response.status != 0 &&
	    transfer->answered != NULL)
		transfer->answered(transfer->arg);
	return size * count;
}

static size_t
on_piece(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;

	if (!response_piece(&transfer->response, data, size * count))
		return 0;
	return size * count;
}

/* The body, as far as it is not sent. */
static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	size_t len = transfer->body_len - transfer->body_sent;

	if (len == 0)
		return 0;
	if (len > size * count)
		len = size * count;
	memcpy(data, transfer->body + transfer->body_sent, len);
	transfer->body_sent += len;
	return len;
}

/*
 * Where a connection that was used before ends without an answer, libcurl
 * sends the request once more by itself.  It may have arrived the first time.
 */
static int
on_rewind(void *arg, curl_off_t offset, int origin)
{
	struct transfer *transfer = arg;

	if (origin != SEEK_SET || offset < 0 ||
	    (uint64_t)offset > transfer->body_len)
		return CURL_SEEKFUNC_FAIL;
	if (transfer->body_sent > 0)
		transfer->resent = true;
	transfer->body_sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = arg;
	int fd;

	(void)purpose;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
	if (fd >= 0)
		return fd;
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM)
		transfer->no_descriptor = true;
	return CURL_SOCKET_BAD;
}

/* libcurl would start a thread and wait for it: it must never come to that. */
static int
refuse_to_resolve(void *state, void *reserved, void *arg)
{
	(void)state;
	(void)reserved;
	(void)arg;
	return 1;
}

static void
set_callbacks(struct transfer *transfer)
{
	CURL *easy = transfer->easy;

	set_pointer(transfer, CURLOPT_ERRORBUFFER, transfer->error);
	set_pointer(transfer, CURLOPT_HEADERDATA, transfer);
	set_pointer(transfer, CURLOPT_WRITEDATA, transfer);
	set_pointer(transfer, CURLOPT_READDATA, transfer);
	set_pointer(transfer, CURLOPT_SEEKDATA, transfer);
	set_pointer(transfer, CURLOPT_OPENSOCKETDATA, transfer);
	if (transfer->option == CURLE_OK)
		transfer->option =
		    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line);
	if (transfer->option == CURLE_OK)
		transfer->option =
		    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_piece);
	if (transfer->option == CURLE_OK)
		transfer->option =
		    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_body);
	if (transfer->option == CURLE_OK)
		transfer->option =
		    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind);
	if (transfer->option == CURLE_OK)
		transfer->option =
		    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
}

/* Not every libcurl can; without, nobody is offered HTTP/2. */
static long
version_of(const struct http_request *request)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

	return request->streams != NULL &&
		(info->features & CURL_VERSION_HTTP2) != 0
	    ? CURL_HTTP_VERSION_2TLS
	    : CURL_HTTP_VERSION_1_1;
}

static void
set_connection(struct transfer *transfer, const struct http_request *request)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	set_pointer(transfer, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	set_long(transfer, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
	set_long(transfer, CURLOPT_MAXAGE_CONN, CONNECTION_AGE);
	set_long(transfer, CURLOPT_DNS_CACHE_TIMEOUT, ADDRESS_AGE);
	set_long(transfer, CURLOPT_NOSIGNAL, 1);
	set_long(transfer, CURLOPT_TCP_KEEPALIVE, 1);
	set_long(transfer, CURLOPT_HTTP_VERSION, version_of(request));
	set_long(transfer, CURLOPT_FOLLOWLOCATION, 0);
}

/* Append a header, of which libcurl makes a copy. */
static void
add_header(struct transfer *transfer, const char *header)
{
	struct curl_slist *longer;

	if ((longer = curl_slist_append(transfer->headers, header)) == NULL)
		transfer->option = CURLE_OUT_OF_MEMORY;
	else
		transfer->headers = longer;
}

static void
set_body(struct transfer *transfer, const struct http_request *request)
{
	set_long(transfer, CURLOPT_POST, 1);
	transfer->body = request->body;
	transfer->body_len = request->body == NULL ? 0 : request->body_len;
	if (transfer->option == CURLE_OK)
		transfer->option = curl_easy_setopt(transfer->easy,
		    CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)transfer->body_len);
}

static void
set_request(struct transfer *transfer, const struct http_request *request,
    const char *user_agent)
{
	const char *const *header;

	set_pointer(transfer, CURLOPT_USERAGENT, user_agent);
	if (request->method == HTTP_GET)
		set_long(transfer, CURLOPT_HTTPGET, 1);
	else
		set_body(transfer, request);
	for (header = request->headers; header != NULL && *header != NULL;
	     header++)
		add_header(transfer, *header);
	add_header(transfer, "Expect:"); /* It would cost a round trip. */
	if (transfer->tls.host != NULL)
		add_header(transfer, transfer->tls.host);
	set_pointer(transfer, CURLOPT_HTTPHEADER, transfer->headers);
}

/* Have it connect by TLS, and by a proxy, as ${request} says. */
static void
set_way(struct transfer *transfer, const struct http_request *request,
    const struct target *target)
{
	const struct hop *hop = transfer->hop;

	if (transfer->option == CURLE_OK)
		transfer->option = tls_apply(
		    &transfer->tls, transfer->easy, target->url, request->tls);
	if (transfer->option == CURLE_OK)
		transfer->option =
		    hop_apply(hop, transfer->easy, transfer->tunnelled);
	if (transfer->option == CURLE_OK && hop->tls)
		transfer->option =
		    tls_apply_proxy(transfer->easy, request->tls);
}

int
transfer_init(struct transfer *transfer, const struct http_request *request,
    const struct target *target, const struct hop *hop, const char *user_agent)
{
	*transfer = (struct transfer){ .hop = hop };
	transfer->tunnelled = hop_tunnels(hop, request->url);
	response_init(&transfer->response,
	    request->answer_max > 0 ? request->answer_max : HTTP_BODY_MAX);
	transfer->response.streams = request->streams != NULL;
	if ((transfer->easy = curl_easy_init()) == NULL)
		return -1;
	set_callbacks(transfer);
	set_connection(transfer, request);
	set_way(transfer, request, target);
	set_request(transfer, request, user_agent);
	set_pointer(transfer, CURLOPT_CURLU,
	    transfer->tls.url != NULL ? transfer->tls.url : target->url);
	if (hop->url != NULL)
		target = &hop->target;
	if (!target->numeric && transfer->option == CURLE_OK)
		transfer->option = curl_easy_setopt(transfer->easy,
		    CURLOPT_RESOLVER_START_FUNCTION, refuse_to_resolve);
	return transfer->option == CURLE_OK ? 0 : -1;
}

static int
set_addresses(struct transfer *transfer, const struct target *target,
    const char *addresses)
{
	struct buf line;

	buf_init(&line, RESOLVE_LINE_MAX);
	buf_printf(&line, "+%s:%s:%s", target->host, target->port, addresses);
	if (!line.bad)
		transfer->resolve = curl_slist_append(NULL, buf_text(&line));
	buf_release(&line);
	if (transfer->resolve == NULL)
		return -1;
	set_pointer(transfer, CURLOPT_RESOLVE, transfer->resolve);
	return 0;
}

int
transfer_aim(struct transfer *transfer, const struct target *target,
    const char *addresses, uint64_t timeout)
{
	uint64_t msec = timeout / CLOCK_MSEC + 1;

	set_long(transfer, CURLOPT_TIMEOUT_MS,
	    msec < INT_MAX ? (long)msec : INT_MAX);
	if (!target->numeric && set_addresses(transfer, target, addresses) != 0)
		return -1;
	return transfer->option == CURLE_OK ? 0 : -1;
}

/* They may be secret, and libcurl frees its copies as they are. */
static void
wipe(struct curl_slist *headers)
{
	for (; headers != NULL; headers = headers->next)
		explicit_bzero(headers->data, strlen(headers->data));
}

void
transfer_release(struct transfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	wipe(transfer->headers);
	curl_slist_free_all(transfer->headers);
	curl_slist_free_all(transfer->resolve);
	tls_release(&transfer->tls);
	response_release(&transfer->response);
	transfer->easy = NULL;
	transfer->headers = transfer->resolve = NULL;
}

/* The status with which the proxy refuses to pass the request on; or 0. */
static long
refused_by_proxy(struct transfer *transfer)
{
	long status = 0;

	if (!hop_answers(transfer->hop))
		return 0;
	if (!transfer->tunnelled)
		return transfer->response.status == PROXY_WANTS_USER
		    ? PROXY_WANTS_USER
		    : 0;
	(void)curl_easy_getinfo(
	    transfer->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 200 && status <= 299 ? 0 : status;
}

/* Whether a byte of the request, TLS apart, may have left. */
static bool
was_sent(struct transfer *transfer)
{
	curl_off_t began = 0;
	long bytes = 0;

	/* What libcurl counts includes the question for a tunnel. */
	if (!transfer->tunnelled)
		(void)curl_easy_getinfo(
		    transfer->easy, CURLINFO_REQUEST_SIZE, &bytes);
	(void)curl_easy_getinfo(
	    transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &began);
	return bytes > 0 || began > 0 || transfer->body_sent > 0 ||
	    transfer->resent;
}

enum http_outcome
transfer_outcome(struct transfer *transfer, CURLcode code)
{
	if (refused_by_proxy(transfer) != 0)
		return transfer->resent ? HTTP_BROKEN : HTTP_UNREACHED;
	if (transfer->response.status != 0)
		return HTTP_ANSWERED;
	if (was_sent(transfer))
		return code == CURLE_OPERATION_TIMEDOUT ? HTTP_TIMED_OUT
							: HTTP_BROKEN;
	if (transfer->no_descriptor)
		return HTTP_FAILED;
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_ABORTED_BY_CALLBACK: /* By refuse_to_resolve. */
		return HTTP_UNRESOLVED;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_FAILED_INIT:
	case CURLE_OUT_OF_MEMORY:
		return HTTP_FAILED;
	default:
		return HTTP_UNREACHED;
	}
}

/* What libcurl says, with what to do if it is about TLS. */
static const char *
advise(struct transfer *transfer, CURLcode code)
{
	long verified = 0, of_proxy = 0;
	const char *advice;

	(void)curl_easy_getinfo(
	    transfer->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
	(void)curl_easy_getinfo(
	    transfer->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &of_proxy);
	if (of_proxy != 0)
		verified = of_proxy;
	if ((advice = advice_on(code, verified, transfer->error)) == NULL)
		return transfer->error;
	(void)snprintf(transfer->advised, sizeof(transfer->advised), "%s; %s",
	    transfer->error, advice);
	return transfer->advised;
}

const char *
transfer_error(struct transfer *transfer, CURLcode code)
{
	long refused = refused_by_proxy(transfer);

	if (refused != 0) {
		(void)snprintf(transfer->error, sizeof(transfer->error),
		    "the proxy refuses with %ld; %s", refused,
		    refused == PROXY_WANTS_USER
			? "give it the user and password it wants, in its URL"
			: "have it let walship through to the host");
		return transfer->error;
	}
	if (transfer->response.status != 0)
		return "";
	if (transfer->no_descriptor && !was_sent(transfer))
		return "no descriptor or memory for a socket";
	if (transfer->response.fault != NULL)
		return transfer->response.fault;
	if (transfer->error[0] != '\0')
		return advise(transfer, code);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return was_sent(transfer) ? "no answer in time"
					  : "no connection in time";
	return curl_easy_strerror(code);
}
