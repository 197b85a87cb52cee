/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/date.h"
#include "agent/base/loop.h"
#include "agent/doctor/exam.h"
#include "agent/http/client.h"

#define CONNECTIONS 4L /* Idle ones that are kept. */

int
exam_open(struct exam *exam)
{
	if (sd_event_new(&exam->event) < 0)
		return -1;
	exam->clock = loop_clock_new(exam->event);
	exam->stats = stats_new();
	if (exam->clock == NULL || exam->stats == NULL)
		return -1;
	exam->deadline =
	    clock_monotonic(exam->clock) + EXAM_SECONDS * CLOCK_SEC;
	exam->http = client_new(exam->event, exam->clock,
	    &(struct client_options){
		.user_agent = "walship/" PACKAGE_VERSION " (doctor)",
		.max_connections = CONNECTIONS,
	    });
	exam->names = resolver_new(exam->event, exam->clock, NULL);
	if (exam->http == NULL || exam->names == NULL)
		return -1;
	exam->tokens = tokens_new(&(struct tokens_options){
	    .clock = exam->clock,
	    .http = exam->http,
	    .stats = exam->stats,
	});
	return exam->tokens == NULL ? -1 : 0;
}

void
exam_close(struct exam *exam)
{
	exam_turn_to(exam, NULL);
	tokens_free(exam->tokens);
	resolver_free(exam->names);
	client_free(exam->http);
	stats_free(exam->stats);
	loop_clock_free(exam->clock);
	sd_event_unref(exam->event);
	process_list_release(&exam->prometheus);
	instances_release(&exam->walships);
	senders_release(&exam->senders);
	free(exam->wal_dir);
	free(exam->faults);
	config_free(exam->config);
}

void
exam_turn_to(struct exam *exam, const struct config_remote *remote)
{
	tokens_drop(exam->tokens, exam->identity);
	exam->identity = NULL;
	exam->remote = remote;
	exam->addresses[0] = '\0';
	exam->proxied = false;
	exam->dated = false;
	exam->probed = 0;
	traffic_release(&exam->traffic);
}

uint64_t
exam_until(const struct exam *exam, uint64_t time)
{
	uint64_t until = clock_monotonic(exam->clock) + time;

	return until < exam->deadline ? until : exam->deadline;
}

bool
exam_wait(struct exam *exam, const bool *done, uint64_t until)
{
	uint64_t now;

	while (!*done && (now = clock_monotonic(exam->clock)) < until)
		if (sd_event_run(exam->event, until - now) < 0)
			break;
	return *done;
}

/* Keep of ${response} what is asked for later. */
static void
keep(void *arg, const struct http_response *response)
{
	struct exam_answer *answer = arg;

	answer->outcome = response->outcome;
	answer->status = response->status;
	if (response->outcome == HTTP_ANSWERED)
		buf_put(&answer->text, response->body, response->body_len);
	else
		buf_puts(&answer->text, response->error);
	if (response->date != NULL &&
	    date_read(response->date, &answer->date) != 0)
		answer->date = 0;
	answer->done = true;
}

bool
exam_ask(struct exam *exam, struct http *http,
    const struct http_request *request, struct exam_answer *answer)
{
	struct http_request timed = *request;
	struct http_call *call;
	uint64_t now = clock_monotonic(exam->clock);
	uint64_t until = exam_until(exam, request->timeout);

	*answer = (struct exam_answer){ .outcome = HTTP_TIMED_OUT };
	buf_init(&answer->text, EXAM_ANSWER_MAX + 1);
	timed.timeout = until > now ? until - now : 1;
	call = http->send(http, &timed, keep, answer);
	if (call == NULL)
		return false;
	/* A little longer: who makes it knows best why it takes so long. */
	if (!exam_wait(exam, &answer->done, until + CLOCK_SEC)) {
		http_cancel(call);
		buf_puts(&answer->text, "no answer in time");
	}
	return true;
}

struct config_remote
exam_nobody(const struct config_remote *remote)
{
	struct config_remote bare = *remote;

	bare.auth = (struct config_auth){ 0 };
	bare.azuread = NULL;
	bare.oauth2 = NULL;
	bare.sigv4 = NULL;
	bare.extras = NULL;
	bare.extras_len = 0;
	return bare;
}
