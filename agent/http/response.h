/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/response.h - what a server says, collected line by line.
 *
 * Only the final status line counts: the first whose status is not 1xx.  The
 * headers kept are those that follow it, each as first given; what comes in
 * trailers is not looked at.  All of it is hostile and bounded.
 */
#ifndef AGENT_HTTP_RESPONSE_H
#define AGENT_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"

/* Bytes of header lines, of 1xx responses and trailers too, that are read. */
#define RESPONSE_HEADERS_MAX 65536u

/* Bytes of a header's value that is kept; a longer one is as none. */
#define RESPONSE_VALUE_MAX 8192u

struct response {
	bool streams;       /* HTTP/2 may be spoken; set by the caller. */
	int status;         /* 200 to 599; 0 until the final status line. */
	char *retry_after;  /* NULL: none. */
	char *date;         /* Likewise. */
	char *location;     /* Likewise. */
	char *challenge;    /* Likewise: WWW-Authenticate. */
	struct buf body;    /* Its first bytes, as many as it may have. */
	const char *fault;  /* Why reading stopped without a status, or NULL. */
	size_t header_len;  /* Bytes of header lines so far. */
	bool headers_ended; /* The empty line after the final ones is read. */
};

/* Of the body, which may be a secret, ${body_max} bytes are read. */
void response_init(struct response *response, size_t body_max);

/* Free what it holds, wiping the body.  It may be released again. */
void response_release(struct response *response);

/**
 * response_line(response, line, len):
 * Take a status or header line, or the empty line after them.  Return false
 * if no more shall be read: it is no HTTP, or too much.
 */
bool response_line(struct response *response, const char *line, size_t len);

/* Take a piece of the body; return false if no more shall be read. */
bool response_piece(struct response *response, const void *data, size_t len);

#endif /* AGENT_HTTP_RESPONSE_H */
