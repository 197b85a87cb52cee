/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/http/response.h"

#define STATUS_LEN 3u /* Digits. */

void
response_init(struct response *response, size_t body_max)
{
	*response = (struct response){ 0 };
	buf_secret(&response->body, body_max);
}

void
response_release(struct response *response)
{
	free(response->retry_after);
	free(response->date);
	free(response->location);
	free(response->challenge);
	response->retry_after = response->date = NULL;
	response->location = response->challenge = NULL;
	buf_release(&response->body);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The status that is "NNN" at the head, and then a blank or the end; or 0. */
static int
parse_status(const char *text, size_t len)
{
	int status = 0;
	size_t i;

	if (len < STATUS_LEN ||
	    (len > STATUS_LEN && !is_blank(text[STATUS_LEN])))
		return 0;
	for (i = 0; i < STATUS_LEN; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		status = 10 * status + (text[i] - '0');
	}
	return status;
}

/* The status of a line that begins with a version that is known; else 0. */
static int
find_status(const struct response *response, const char *line, size_t len)
{
	static const char *const versions[] = { "HTTP/1.1 ", "HTTP/1.0 ",
		"HTTP/2 " };
	size_t i, head, known = response->streams ? 3 : 2;

	for (i = 0; i < known; i++) {
		head = strlen(versions[i]);
		if (len > head && memcmp(line, versions[i], head) == 0)
			return parse_status(line + head, len - head);
	}
	return 0;
}

/* A status line before the final one; those in trailers are no such thing. */
static bool
take_status(struct response *response, const char *line, size_t len)
{
	int status = find_status(response, line, len);

	if (status < 100 || status > 599) {
		response->fault = response->streams
		    ? "what came is not the status of HTTP/1 or 2"
		    : "what came is not the status of HTTP/1";
		return false;
	}
	if (status >= 200)
		response->status = status;
	return true;
}

/* Keep the value if the line is the header ${name}, and the first such. */
static void
keep(char **value, const char *name, const char *line, size_t len)
{
	size_t head = strlen(name);

	if (*value != NULL || len <= head || line[head] != ':' ||
	    strncasecmp(line, name, head) != 0)
		return;
	line += head + 1;
	len -= head + 1;
	for (; len > 0 && is_blank(*line); len--)
		line++;
	while (len > 0 && is_blank(line[len - 1]))
		len--;
	if (len <= RESPONSE_VALUE_MAX)
		*value = strndup(line, len); /* Without memory, as none. */
}

bool
response_line(struct response *response, const char *line, size_t len)
{
	if (len > RESPONSE_HEADERS_MAX - response->header_len) {
		response->fault = "its headers are too long";
		return false;
	}
	response->header_len += len;

	if (response->status == 0) {
		if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
			return take_status(response, line, len);
	} else if (!response->headers_ended) {
		keep(&response->retry_after, "Retry-After", line, len);
		keep(&response->date, "Date", line, len);
		keep(&response->location, "Location", line, len);
		keep(&response->challenge, "WWW-Authenticate", line, len);
		response->headers_ended =
		    len > 0 && (line[0] == '\r' || line[0] == '\n');
	}
	return true;
}

bool
response_piece(struct response *response, const void *data, size_t len)
{
	size_t room = response->body.max - response->body.len;

	buf_put(&response->body, data, len < room ? len : room);
	return len <= room && !response->body.bad;
}
