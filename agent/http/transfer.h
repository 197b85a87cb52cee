/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/transfer.h - one request and its response, as libcurl sees them.
 *
 * The easy handle's CURLOPT_PRIVATE is the caller's.
 */
#ifndef AGENT_HTTP_TRANSFER_H
#define AGENT_HTTP_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>

#include "agent/http/hop.h"
#include "agent/http/http.h"
#include "agent/http/response.h"
#include "agent/http/target.h"
#include "agent/http/tls.h"

struct transfer {
	CURL *easy;
	struct curl_slist *headers;
	struct curl_slist *resolve; /* The addresses, for CURLOPT_RESOLVE. */
	struct tls tls;
	const char *body;
	size_t body_len;  /* Bytes... */
	size_t body_sent; /* ... of which libcurl has these. */
	bool resent;      /* It asked for them once more. */
	const struct hop *hop;
	bool tunnelled; /* By it: it is asked for a tunnel first. */
	struct response response;
	CURLcode option;    /* The first failure to set an option. */
	bool no_descriptor; /* A socket was refused by the system. */
	char error[CURL_ERROR_SIZE];
	char advised[2 * CURL_ERROR_SIZE]; /* The same, and what to do. */
	void (*answered)(void *arg);       /* See transfer_init. */
	void *arg;
};

/**
 * transfer_init(transfer, request, target, hop, user_agent):
 * Make a handle that sends ${request} to ${target} by ${hop}, both of which
 * must outlive it, as must the request's body.  Return -1 if there is no
 * memory.  Call transfer_release either way.
 *
 * Its caller may then set ${answered}, which is called with ${arg} from
 * within libcurl when the final status line has been read.
 */
int transfer_init(struct transfer *transfer, const struct http_request *request,
    const struct target *target, const struct hop *hop, const char *user_agent);

/**
 * transfer_aim(transfer, target, addresses, timeout):
 * Have ${addresses}, in the form of resolve.h, used for the host of
 * ${target}, to which the connection goes, be it that of the request or the
 * proxy; or none if that is an address itself.  Let libcurl share out
 * ${timeout} microseconds between them.  Return -1 if there is no memory.
 */
int transfer_aim(struct transfer *transfer, const struct target *target,
    const char *addresses, uint64_t timeout);

/* Free what it holds; it is in no multi handle.  It may be half-built. */
void transfer_release(struct transfer *transfer);

/**
 * transfer_outcome(transfer, code):
 * How it ended, when libcurl says ${code}; CURLE_OPERATION_TIMEDOUT if its
 * time is up.  A final status line decides, whatever came after it, unless it
 * is a proxy's that wants to know who asks.
 */
enum http_outcome transfer_outcome(struct transfer *transfer, CURLcode code);

/* What went wrong, for a person; valid as long as the transfer. */
const char *transfer_error(struct transfer *transfer, CURLcode code);

#endif /* AGENT_HTTP_TRANSFER_H */
