/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/http.h - HTTP requests that never block the loop.
 *
 * A small struct of functions, so that what sends is tested on a simulated
 * network.  The real one is agent/http/client.h.  Used from one thread.
 */
#ifndef AGENT_HTTP_HTTP_H
#define AGENT_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes of a response body that are read unless the request says otherwise; a
 * longer one ends the connection.
 */
#define HTTP_BODY_MAX 65536u

enum http_method { HTTP_POST, HTTP_GET };

/* How a request ended.  The status line, once read whole, decides. */
enum http_outcome {
	HTTP_ANSWERED,   /* A final status line was read: see status. */
	HTTP_UNRESOLVED, /* The name gave no address. */
	HTTP_UNREACHED,  /* No connection, or no TLS on it: nothing was sent. */
	HTTP_BROKEN, /* It broke off before a status line; may have arrived. */
	HTTP_TIMED_OUT, /* No status line in time; may have arrived. */
	HTTP_FAILED,    /* Could not even be tried: memory, descriptors, URL. */
};

enum http_tls_version {
	HTTP_TLS_DEFAULT, /* From TLS 1.2 on. */
	HTTP_TLS10,
	HTTP_TLS11,
	HTTP_TLS12,
	HTTP_TLS13,
};

/* Of TLS; files are of PEM, and NULL means none but the system's. */
struct http_tls {
	const char *ca_file;     /* Believed. */
	const char *cert_file;   /* Ours. */
	const char *key_file;    /* Of that. */
	const char *server_name; /* In the certificate; NULL: the host. */
	bool insecure;           /* Believe whatever is said. */
	enum http_tls_version min_version, max_version;
};

/* Whom a request goes by. */
struct http_proxy {
	/* http, https or socks5://; perhaps with a user.  Secret. */
	const char *url;
	/* For it alone, of a tunnel; "Name: value" each, then NULL. */
	const char *const *headers;
};

/* All of it is copied before http_post returns, but the body. */
struct http_request {
	enum http_method method;    /* Set by http_post and http_get. */
	const char *url;            /* http:// or https:// */
	const char *const *headers; /* "Name: value", no value empty; NULL. */
	const void *body;           /* Must stay until the end of the call. */
	size_t body_len;            /* Bytes. */
	uint64_t timeout;           /* Microseconds, for all of it; above 0. */
	const struct http_tls *tls; /* NULL: the defaults. */
	const struct http_proxy *proxy; /* NULL: none. */
	size_t answer_max; /* In place of HTTP_BODY_MAX; 0: that. */
	bool spread;       /* Connect to any one of the addresses of a name. */
	/*
	 * Over TLS, HTTP/2 may be spoken too; then requests share connections,
	 * at a time, with those who name the same here.  NULL: it may not.
	 */
	const void *streams;
};

/* Valid only while the callback runs. */
struct http_response {
	enum http_outcome outcome;
	int status;        /* HTTP_ANSWERED: 200 to 599, else 0. */
	const char *error; /* Else what went wrong, for a person; "". */
	const char *body;  /* At most what the request allows; NUL after. */
	size_t body_len;
	bool whole;              /* The body was read to its end. */
	const char *retry_after; /* The header's value, or NULL. */
	const char *date;        /* Likewise. */
	const char *location;    /* Likewise. */
	const char *challenge;   /* Likewise: WWW-Authenticate. */
	uint64_t elapsed;        /* Microseconds from post to here. */
	bool resent; /* It was sent twice, the first time without an answer. */
};

/* Called from the loop, once, and never after http_cancel. */
typedef void http_done_fn(void *arg, const struct http_response *response);

struct http;

/* A request under way.  What implements http embeds this at the head. */
struct http_call {
	struct http *http;
};

struct http {
	struct http_call *(*send)(struct http *http,
	    const struct http_request *request, http_done_fn *done, void *arg);
	void (*cancel)(struct http_call *call);
};

/**
 * http_post(http, request, done, arg):
 * POST, and call ${done}(${arg}, response) at the end, never from within this
 * call.  The call is then gone.  Return NULL, and call nothing, if there is
 * no memory to begin.
 */
static inline struct http_call *
http_post(struct http *http, const struct http_request *request,
    http_done_fn *done, void *arg)
{
	struct http_request post = *request;

	post.method = HTTP_POST;
	return http->send(http, &post, done, arg);
}

/* The same with GET; ${request} has no body. */
static inline struct http_call *
http_get(struct http *http, const struct http_request *request,
    http_done_fn *done, void *arg)
{
	struct http_request get = *request;

	get.method = HTTP_GET;
	return http->send(http, &get, done, arg);
}

/* End ${call} without calling back.  Never blocks.  Do nothing to NULL. */
static inline void
http_cancel(struct http_call *call)
{
	if (call != NULL)
		call->http->cancel(call);
}

#endif /* AGENT_HTTP_HTTP_H */
