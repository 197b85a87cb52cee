/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/auth/source.h"
#include "agent/base/text.h"
#include "agent/send/complaint.h"
#include "agent/send/denial.h"

#define LOCATION_MAX 1024u /* Bytes that are logged. */
#define POSITION_MAX 48u   /* Bytes of a segment, ":" and an offset. */

/* Keep it for who asks later. */
static void
remember(struct complaint *complaint, const char *what,
    const struct http_response *response)
{
	struct complaint_last *last = &complaint->last;
	size_t len = strlen(response->error);
	const char *said = response->error;

	if (len == 0) {
		said = response->body;
		len = response->body_len;
	}
	if (len >= sizeof(last->said))
		len = sizeof(last->said) - 1;
	last->at = clock_wall(complaint->clock);
	last->what = what;
	last->status = response->status;
	memcpy(last->said, said, len);
	last->said[len] = '\0';
}

/* What a line is of, if it is of something. */
struct subject {
	struct buf *series;
	struct wal_position end; /* In the log, past what was sent. */
};

/* Log a line of ${what}, with what the receiver said and the subject, if any. */
static void
say(struct complaint *complaint, struct log_gate *gate, const char *what,
    const struct http_response *response, const struct subject *subject)
{
	uint64_t now = clock_monotonic(complaint->clock), hidden;
	size_t len = response->body_len;
	char identity[SOURCE_NAME_MAX], position[POSITION_MAX] = "";
	struct buf target;

	if (complaint->since == 0)
		complaint->since = now;
	remember(complaint, what, response);
	if (!log_gate_open(gate, now, COMPLAINT_PERIOD, &hidden))
		return;
	complaint->said = true;
	if (len > COMPLAINT_BODY_MAX)
		len = COMPLAINT_BODY_MAX;
	source_name(complaint->remote, identity);
	buf_init(&target, LOCATION_MAX);
	if (response->location != NULL)
		text_put_shown_url(&target, response->location);
	if (subject != NULL)
		(void)snprintf(position, sizeof(position),
		    "%" PRIu64 ":%" PRIu64, subject->end.segment,
		    subject->end.offset);
	log_warn(what, LOG_STR("remote", complaint->remote->name),
	    LOG_STR("url", complaint->remote->shown_url),
	    LOG_STR("identity", identity), LOG_INT("status", response->status),
	    LOG_STR("err", response->error),
	    LOG_BYTES("body", response->body, len),
	    LOG_STR("location", buf_text(&target)),
	    LOG_STR("series", subject != NULL ? buf_text(subject->series) : ""),
	    LOG_STR("position", position), LOG_UINT("unsaid", hidden));
	buf_release(&target);
}

void
complaint_make(struct complaint *complaint, const char *what,
    const struct http_response *response)
{
	say(complaint, &complaint->gate, what, response, NULL);
}

/* What ${response} means from any receiver, and what to do. */
static const char *
hold_words(const struct http_response *response)
{
	if (response->status < 400)
		return "receiver answers with a redirect that is not "
		       "followed: holding; set url to its target";
	if (response->status == 401)
		return "receiver does not accept our credentials: holding; "
		       "check them, and that they have not expired";
	if (response->status == 403)
		return "receiver does not accept who we are: holding; give "
		       "this identity the right to write, which may take a "
		       "while to apply";
	return "receiver answers with a status of hold_on_status: "
	       "holding; check the url, and the receiver";
}

void
complaint_divide(
    struct complaint *complaint, const struct http_response *response)
{
	complaint_make(complaint,
	    "receiver refused a request of several kinds: dropping its "
	    "exemplars, then sending the kinds apart",
	    response);
}

void
complaint_halve(
    struct complaint *complaint, const struct http_response *response)
{
	complaint_make(complaint,
	    response->status == 413
		? "receiver takes no request so large: sending it in halves; "
		  "set max_bytes_per_send to what it takes"
		: "receiver refused a request: sending it in halves",
	    response);
}

void
complaint_hold(
    struct complaint *complaint, const struct http_response *response)
{
	const struct denial *denial = denial_of(complaint->remote, response);

	complaint_make(complaint,
	    denial != NULL ? denial->words : hold_words(response), response);
}

void
complaint_drop(struct complaint *complaint, enum fail_reason reason,
    const struct trip *trip, const struct http_response *response)
{
	static const char *const words[FAIL_REASONS] = {
		[FAIL_REFUSED] = "receiver refused samples, dropped",
		[FAIL_LARGE] = "receiver takes no request so large, though it "
			       "holds but one sample, dropped",
		[FAIL_DUPLICATE] = "receiver refused samples that it may have "
				   "already, dropped",
		[FAIL_POISON] = "receiver fails by a series and by nothing "
				"else, dropped; tell its operator",
	};
	struct buf series;
	const struct subject subject = {
		.series = &series,
		.end = wal_mark_position(&trip->batch->range->end),
	};

	buf_init(&series, COMPLAINT_SERIES_MAX);
	if (trip_entries(trip) == 1 || (!trip->whole && !trip->load.several))
		sift_describe(trip->load.body, trip->load.len, &series);
	say(complaint, &complaint->dropping, words[reason], response, &subject);
	buf_release(&series);
}

void
complaint_starved(struct complaint *complaint)
{
	complaint_make(complaint, "cannot begin a request, retrying",
	    &(struct http_response){ .error = "out of memory", .body = "" });
}

void
complaint_untimely(struct complaint *complaint, uint64_t entries)
{
	uint64_t now = clock_monotonic(complaint->clock), hidden;

	complaint->untimely += entries;
	if (entries == 0 ||
	    !log_gate_open(&complaint->aging, now, COMPLAINT_PERIOD, &hidden))
		return;
	log_warn("samples outside of the receiver's or the configured limits "
		 "of time were dropped; see the reasons in /metrics",
	    LOG_STR("remote", complaint->remote->name),
	    LOG_UINT("samples", complaint->untimely));
	complaint->untimely = 0;
}

void
complaint_end(struct complaint *complaint)
{
	uint64_t now = clock_monotonic(complaint->clock);

	if (complaint->said)
		log_info("delivering again",
		    LOG_STR("remote", complaint->remote->name),
		    LOG_UINT(
			"after_seconds", (now - complaint->since) / CLOCK_SEC));
	complaint->said = false;
	complaint->since = 0;
}
