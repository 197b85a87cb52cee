/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/auth.h"
#include "agent/auth/identity.h"
#include "agent/auth/source.h"
#include "agent/batch/encode.h"
#include "agent/config/url.h"
#include "agent/doctor/pass.h"
#include "agent/doctor/whose.h"
#include "agent/send/denial.h"
#include "agent/send/headers.h"
#include "agent/series/external.h"
#include "agent/series/final.h"

#define BODY_SHOWN 300 /* Bytes of an answer's body that are shown. */

static void
wake(void *arg)
{
	*(bool *)arg = true;
}

/* Say that there is one, and whose it says it is. */
static void
say_token(const char *token, struct finding *finding)
{
	struct buf text;

	buf_init(&text, FINDING_TEXT_MAX);
	if (whose_put(token, &text) == 0)
		finding_ok(finding, "had one: %s", buf_text(&text));
	else
		finding_ok(finding, "had one, which does not say whose it is");
	buf_release(&text);
}

/* Say what else ${remote} shows, which only the receiver can judge. */
static void
say_other(const struct config_remote *remote, struct finding *finding)
{
	if (remote->auth.kind == CONFIG_AUTH_BASIC)
		finding_ok(finding, "none is needed: basic_auth");
	else if (remote->auth.kind == CONFIG_AUTH_HEADER)
		finding_ok(finding, "none is asked for: authorization");
	else if (remote->sigv4 != NULL)
		finding_ok(finding, "none is needed: sigv4");
	else
		finding_ok(finding, "none is needed");
}

void
pass_token(struct exam *exam, struct finding *finding)
{
	bool awake = false;
	struct identity_wait wait = { .wake = wake, .arg = &awake };
	const char *token;
	uint64_t number;

	if (!source_wanted(exam->remote)) {
		say_other(exam->remote, finding);
		return;
	}
	exam->identity = tokens_hold(exam->tokens, exam->remote);
	if (exam->identity == NULL) {
		finding_fail(finding, "free some memory", "out of memory");
		return;
	}
	if (identity_await(exam->identity, &wait)) {
		(void)exam_wait(
		    exam, &awake, exam_until(exam, PASS_TOKEN_TIMEOUT));
		identity_forget(exam->identity, &wait);
	}
	token = identity_token(exam->identity, &number);
	if (token != NULL)
		say_token(token, finding);
	else if (awake)
		finding_split(finding, identity_error(exam->identity),
		    "see that the identity is the one that is meant");
	else
		finding_fail(finding,
		    "see that the endpoint of the identity can be reached from "
		    "here",
		    "there is no answer to the question for a token yet");
}

/**
 * make_probe(exam, ret_len):
 * The body of a request with one sample of the probe, with the labels that
 * every series has; to be freed.  Its value is its time, so that it is known
 * again.  NULL if there is no memory.
 */
static uint8_t *
make_probe(struct exam *exam, size_t *ret_len)
{
	union {
		double number;
		uint64_t bits;
	} value;
	const struct wal_label name = {
		.name = { "__name__", 8 },
		.value = { PASS_PROBE, sizeof(PASS_PROBE) - 1 },
	};
	struct wal_label *external = external_lend(exam->config);
	struct finals *finals = NULL;
	struct encoder encoder;
	uint8_t *body = NULL;
	uint32_t number;

	encoder_init(&encoder);
	exam->probed = clock_wall(exam->clock);
	value.number = (double)exam->probed;
	if (external != NULL)
		finals =
		    finals_new(external, exam->config->external_labels_len);
	if (finals == NULL ||
	    finals_take(finals, &name, 1, &number) != FINAL_OK ||
	    encoder_add(&encoder, finals_at(finals, number), exam->probed,
		value.bits) != 0 ||
	    encoder_finish(&encoder, &body, ret_len) != 0)
		body = NULL;
	encoder_release(&encoder);
	finals_free(finals);
	free(external);
	return body;
}

/* What to do when the receiver answers with ${status}, of no workspace. */
static const char *
advise(int status)
{
	switch (status) {
	case 401:
		return "see that the entry's credentials are those that the "
		       "receiver knows";
	case 403:
		return "see that the receiver lets these credentials write";
	case 404:
	case 405:
		return "see that the path of the url is the receiver's for "
		       "remote write";
	case 400:
	case 422:
		return "see what is said: the receiver takes no such sample; "
		       "with a clock that is wrong, mend that first";
	case 413:
		return "the receiver takes no request at all: see its limits";
	default:
		return status >= 300 && status < 400
		    ? "write the url that it redirects to"
		    : "see the receiver's log";
	}
}

/* Say that a workspace does not take it, and from whom. */
static void
say_denied(struct exam *exam, const struct denial *denial, int status,
    struct finding *finding)
{
	const char *token = NULL;
	uint64_t number;
	struct buf whose;

	buf_init(&whose, FINDING_TEXT_MAX);
	if (exam->identity != NULL)
		token = identity_token(exam->identity, &number);
	if (token != NULL && whose_put(token, &whose) == 0)
		finding_fail(finding, denial->mend, "%s (status %d): %s",
		    denial->what, status, buf_text(&whose));
	else
		finding_fail(finding, denial->mend, "%s (status %d)",
		    denial->what, status);
	buf_release(&whose);
}

/* Say what the probe was answered. */
static void
say_answer(
    struct exam *exam, struct exam_answer *answer, struct finding *finding)
{
	const struct http_response response = {
		.outcome = answer->outcome,
		.status = answer->status,
		.body = buf_text(&answer->text),
	};
	const struct denial *denial = denial_of(exam->remote, &response);
	const char *text = response.body;

	if (answer->outcome == HTTP_FAILED)
		finding_split(finding, text,
		    "see that what the entry names is there, for walship's "
		    "user");
	else if (answer->outcome != HTTP_ANSWERED)
		finding_fail(finding,
		    "see that the receiver works, and what is between",
		    "a probe was not answered: %s", text);
	else if (answer->status / 100 == 2)
		finding_ok(finding, "it took a sample of " PASS_PROBE);
	else if (denial != NULL)
		say_denied(exam, denial, answer->status, finding);
	else if (answer->status == 429)
		finding_fail(finding,
		    "send less, or have its limits raised: those of a "
		    "workspace, or spread the hosts over more data collection "
		    "rules",
		    "it takes no more: %u requests in a row were throttled "
		    "(status 429): %.*s",
		    PASS_TRIES, BODY_SHOWN, text);
	else
		finding_fail(finding, advise(answer->status),
		    "it does not take a probe: status %d: %.*s", answer->status,
		    BODY_SHOWN, text);
}

/* Send the ${len} bytes at ${body}; again if that is throttled. */
static bool
send(struct exam *exam, struct http *http, const uint8_t *body, size_t len,
    struct exam_answer *answer)
{
	struct headers headers;
	struct http_request request = {
		.method = HTTP_POST,
		.url = exam->remote->url,
		.body = body,
		.body_len = len,
		.timeout = PASS_TIMEOUT,
	};
	const bool never = false;
	unsigned int tries = 0;
	bool sent = headers_init(&headers, exam->remote) == 0;

	while (sent) {
		request.headers = headers_lines(&headers, tries);
		sent = exam_ask(exam, http, &request, answer);
		if (!sent || answer->status != 429 || ++tries == PASS_TRIES)
			break;
		buf_release(&answer->text);
		(void)exam_wait(exam, &never, exam_until(exam, PASS_PAUSE));
	}
	headers_release(&headers);
	return sent;
}

void
pass_role(struct exam *exam, struct finding *finding)
{
	struct http *http =
	    auth_new(exam->clock, exam->http, exam->tokens, exam->remote);
	struct exam_answer answer = { 0 };
	size_t len = 0;
	uint8_t *body = make_probe(exam, &len);

	if (http != NULL && body != NULL &&
	    send(exam, http, body, len, &answer))
		say_answer(exam, &answer, finding);
	else
		finding_fail(finding, "free some memory", "out of memory");
	if (finding->result != FINDING_OK)
		exam->probed = 0;
	buf_release(&answer.text);
	free(body);
	auth_free(http);
}
