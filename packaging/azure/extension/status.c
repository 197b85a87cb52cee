/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "agent/base/text.h"
#include "packaging/azure/extension/files.h"
#include "packaging/azure/extension/status.h"

#define NAME "walship"
#define FILE_MAX 65536u /* Bytes: a message that is all escapes fits. */

const char *
status_name(enum status_kind kind)
{
	switch (kind) {
	case STATUS_TRANSITIONING:
		return "transitioning";
	case STATUS_SUCCESS:
		return "success";
	case STATUS_WARNING:
		return "warning";
	default:
		return "error";
	}
}

/* ${when} as ISO 8601 in quotes; a time of no calendar as the first there is. */
static void
put_time(struct buf *out, time_t when)
{
	struct tm tm = { .tm_year = 70, .tm_mday = 1 };
	char text[32];

	(void)gmtime_r(&when, &tm);
	(void)strftime(text, sizeof(text), "\"%Y-%m-%dT%H:%M:%SZ\"", &tm);
	buf_puts(out, text);
}

/* The agent wants both of lang and message. */
static void
put_message(struct buf *out, const char *message)
{
	buf_puts(
	    out, "\"formattedMessage\":{\"lang\":\"en-US\",\"message\":\"");
	text_put_json(out, message, strnlen(message, STATUS_MESSAGE_MAX));
	buf_puts(out, "\"}");
}

void
status_put(struct buf *out, const struct status *status, time_t now)
{
	buf_puts(out, "[{\"version\":1.0,\"timestampUTC\":");
	put_time(out, now);
	buf_puts(
	    out, ",\"status\":{\"name\":\"" NAME "\",\"operation\":\"Enable\"");
	if (status->applied != 0) {
		buf_puts(out, ",\"configurationAppliedTime\":");
		put_time(out, status->applied);
	}
	buf_printf(out, ",\"status\":\"%s\",\"code\":%d,",
	    status_name(status->kind), status->code);
	put_message(out, status->message);
	buf_puts(out, "}}]\n");
}

int
status_write(const struct environment *environment, uint32_t sequence,
    const struct status *status, time_t now)
{
	struct path path;
	struct buf text;
	int result = -1;

	buf_init(&text, FILE_MAX);
	status_put(&text, status, now);
	if (text.bad)
		errno = ENOMEM;
	else if (path_set(&path, "%s/%u.status", environment->status_folder,
		     sequence) == 0)
		result = files_write(
		    path.text, text.data, text.len, 0600, FILES_SAME_GROUP);
	buf_release(&text);
	return result;
}

void
status_put_heartbeat(
    struct buf *out, enum status_kind kind, const char *message)
{
	buf_printf(out,
	    "[{\"version\":1.0,\"heartbeat\":{\"status\":\"%s\",\"code\":%d,",
	    kind == STATUS_SUCCESS             ? "Ready"
		: kind == STATUS_TRANSITIONING ? "Installing"
					       : "NotReady",
	    kind == STATUS_SUCCESS || kind == STATUS_TRANSITIONING ? 0 : 1);
	put_message(out, message);
	buf_puts(out, "}}]\n");
}

int
status_write_heartbeat(const struct environment *environment,
    enum status_kind kind, const char *message)
{
	struct buf text;
	int result = -1;

	if (environment->heartbeat_file == NULL)
		return 0;
	buf_init(&text, FILE_MAX);
	status_put_heartbeat(&text, kind, message);
	if (text.bad)
		errno = ENOMEM;
	else
		result = files_write(environment->heartbeat_file, text.data,
		    text.len, 0600, FILES_SAME_GROUP);
	buf_release(&text);
	return result;
}
