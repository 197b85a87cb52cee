/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/backoff.h"
#include "agent/base/log.h"
#include "agent/batch/encode.h"
#include "agent/send/errand.h"
#include "agent/send/listing.h"
#include "agent/send/metadata.h"

struct metadata {
	struct metadata_options options;
	struct errand errand;
	struct backoff backoff;
	struct encoder encoder;
	struct timer *timer;     /* The next round, or the next step of one. */
	struct http_call *call;  /* To Prometheus, on its way, or NULL. */
	char *listing_url;       /* Where Prometheus is asked, or NULL. */
	struct families *listed; /* What it said, for the round under way. */

	uint64_t due;   /* When the round under way, or the next, is. */
	bool under_way; /* A round is. */
	size_t next_known, next_listed; /* Not yet in a body of the round. */

	uint8_t *body; /* Of the request being made, or NULL. */
	size_t body_len;
	uint32_t entries; /* In it. */
	unsigned int attempts;

	struct log_gate refused, unlisted;
};

static uint64_t
now_of(const struct metadata *metadata)
{
	return clock_monotonic(metadata->options.clock);
}

/* Make the URL that lists what Prometheus knows; -1: no memory. */
static int
make_listing_url(struct metadata *metadata)
{
	const char *url = metadata->options.prometheus_url;
	size_t len;

	if (url == NULL)
		return 0;
	for (len = strlen(url); len > 0 && url[len - 1] == '/';)
		len--;
	if (asprintf(&metadata->listing_url, "%.*s/api/v1/metadata?limit=%u",
		(int)len, url, LISTING_METRICS) == -1) {
		metadata->listing_url = NULL;
		return -1;
	}
	return 0;
}

static void step(void *arg);
static void answered(void *arg, const struct http_response *response);

struct metadata *
metadata_new(const struct metadata_options *options)
{
	struct metadata *metadata;

	if ((metadata = calloc(1, sizeof(*metadata))) == NULL)
		return NULL;
	metadata->options = *options;
	metadata->errand = (struct errand){
		.http = options->http,
		.remote = options->remote,
		.done = answered,
		.arg = metadata,
	};
	metadata->backoff.min = METADATA_WAIT_MIN;
	metadata->backoff.max = METADATA_WAIT_MAX;
	metadata->backoff.random = (uint64_t)clock_wall(options->clock);
	encoder_init(&metadata->encoder);
	metadata->listed = families_new();
	metadata->timer = timer_new(options->clock, step, metadata);
	if (metadata->listed == NULL || metadata->timer == NULL ||
	    make_listing_url(metadata) != 0) {
		metadata_free(metadata);
		return NULL;
	}
	metadata->due =
	    now_of(metadata) + options->remote->metadata.send_interval;
	timer_set(metadata->timer, metadata->due);
	return metadata;
}

/* Be done with the request being made. */
static void
drop_body(struct metadata *metadata)
{
	free(metadata->body);
	metadata->body = NULL;
	metadata->entries = metadata->attempts = 0;
}

void
metadata_stop(struct metadata *metadata)
{
	if (metadata == NULL)
		return;
	http_cancel(metadata->call);
	metadata->call = NULL;
	errand_cancel(&metadata->errand);
	drop_body(metadata);
	timer_set(metadata->timer, CLOCK_NEVER);
}

void
metadata_tune(struct metadata *metadata, const struct config_remote *remote,
    struct http *http)
{
	if (errand_runs(&metadata->errand)) {
		errand_cancel(&metadata->errand);
		metadata->attempts--;
		timer_set(metadata->timer, 0);
	}
	errand_tune(&metadata->errand, remote, http);
	metadata->options.remote = remote;
}

void
metadata_free(struct metadata *metadata)
{
	if (metadata == NULL)
		return;
	http_cancel(metadata->call);
	errand_release(&metadata->errand);
	timer_free(metadata->timer);
	drop_body(metadata);
	families_free(metadata->listed);
	encoder_release(&metadata->encoder);
	free(metadata->listing_url);
	free(metadata);
}

/* The round is over: the next is when its time comes. */
static void
rest(struct metadata *metadata)
{
	uint64_t interval = metadata->options.remote->metadata.send_interval;
	uint64_t late = now_of(metadata) - metadata->due;

	metadata->under_way = false;
	metadata->next_known = metadata->next_listed = 0;
	drop_body(metadata);
	families_clear(metadata->listed);
	encoder_release(&metadata->encoder);
	metadata->due += (late / interval + 1) * interval;
	timer_set(metadata->timer, metadata->due);
}

/* What comes next in the round; false at its end. */
static bool
next_family(struct metadata *metadata, struct family *ret)
{
	const struct families *known = metadata->options.families;
	const struct families *listed = metadata->listed;

	if (metadata->next_known < families_len(known)) {
		*ret = families_at(known, metadata->next_known++);
		return true;
	}
	while (metadata->next_listed < families_len(listed)) {
		*ret = families_at(listed, metadata->next_listed++);
		if (!families_has(known, ret->name))
			return true;
	}
	return false;
}

/* Make the next body; false if there is nothing more to send, or no memory. */
static bool
fill(struct metadata *metadata)
{
	uint32_t max = metadata->options.remote->metadata.max_samples_per_send;
	struct encoder *encoder = &metadata->encoder;
	struct meters *meters = metadata->options.meters;
	struct family family;

	while (metadata->entries < max &&
	    encoder_len(encoder) < METADATA_PLAIN_MAX &&
	    next_family(metadata, &family)) {
		if (encoder_add_metadata(encoder, &family) == 0)
			metadata->entries++;
		else
			stat_inc(meters->metadata_failed);
	}
	if (metadata->entries == 0)
		return false;
	if (encoder_finish(encoder, &metadata->body, &metadata->body_len) == 0)
		return true;
	stat_add(meters->metadata_failed, metadata->entries);
	return false;
}

/* Say ${what} of the one at ${url}, now and then. */
static void
complain(struct metadata *metadata, struct log_gate *gate, const char *what,
    const char *url, const struct http_response *response)
{
	uint64_t hidden;
	size_t len = response->body_len;

	if (!log_gate_open(
		gate, now_of(metadata), METADATA_LOG_PERIOD, &hidden))
		return;
	if (len > METADATA_BODY_LOGGED)
		len = METADATA_BODY_LOGGED;
	log_warn(what, LOG_STR("remote", metadata->options.remote->name),
	    LOG_STR("url", url), LOG_INT("status", response->status),
	    LOG_STR("err", response->error),
	    LOG_BYTES("body", response->body, len), LOG_UINT("unsaid", hidden));
}

/* How long to wait before it is made again. */
static uint64_t
wait_of(struct metadata *metadata, const struct http_response *response)
{
	uint64_t wait = backoff_wait(&metadata->backoff, metadata->attempts);
	uint64_t asked = errand_asked(response, metadata->options.clock);

	return asked > wait ? asked : wait;
}

/* Go on with the round, from the loop. */
static void
go_on(struct metadata *metadata)
{
	timer_set(metadata->timer, 0);
}

/* The receiver did not take what it was told. */
static void
fail(struct metadata *metadata, const struct http_response *response)
{
	struct meters *meters = metadata->options.meters;
	bool passing = errand_may_pass(response);

	complain(metadata, &metadata->refused,
	    passing
		? "metadata were not delivered, and will be sent again"
		: "receiver did not take metadata, which it will be sent "
		  "again; samples are not affected; if it never will, write "
		  "metadata_config: {send: false}",
	    metadata->options.remote->shown_url, response);
	if (passing && metadata->attempts <= METADATA_RETRIES) {
		stat_add(meters->metadata_retried, metadata->entries);
		timer_set(metadata->timer,
		    now_of(metadata) + wait_of(metadata, response));
		return;
	}
	stat_add(meters->metadata_failed, metadata->entries);
	drop_body(metadata);
	if (passing)
		rest(metadata);
	else
		go_on(metadata);
}

static void
answered(void *arg, const struct http_response *response)
{
	struct metadata *metadata = arg;
	struct meters *meters = metadata->options.meters;

	stat_observe(meters->duration, (double)response->elapsed / 1e6);
	if (!errand_accepted(response)) {
		fail(metadata, response);
		return;
	}
	stat_add(meters->metadata, metadata->entries);
	stat_add(meters->metadata_bytes, (double)metadata->body_len);
	drop_body(metadata);
	go_on(metadata);
}

static const struct http_response no_memory = {
	.outcome = HTTP_FAILED,
	.error = "out of memory",
	.body = "",
};

/* Make an attempt. */
static void
post(struct metadata *metadata)
{
	metadata->attempts++;
	errand_run(&metadata->errand, metadata->body, metadata->body_len,
	    metadata->attempts - 1);
}

/* Prometheus gave no list; what the log says is sent all the same. */
static void
say_unlisted(struct metadata *metadata, const struct http_response *response)
{
	stat_inc(metadata->options.meters->metadata_unlisted);
	complain(metadata, &metadata->unlisted,
	    "Prometheus did not list its metadata, asking again at the next "
	    "interval; samples are not affected; check prometheus.url",
	    metadata->options.prometheus_shown_url, response);
}

static void
take_listing(struct metadata *metadata, const struct http_response *response)
{
	struct http_response got = *response;
	const char *wrong = NULL;
	size_t left_out = 0;

	if (got.outcome == HTTP_ANSWERED && got.status == 200)
		wrong = got.whole ? listing_read(got.body, got.body_len,
					metadata->listed, &left_out)
				  : "the answer breaks off, or is too long";
	stat_add(metadata->options.meters->metadata_over, (double)left_out);
	if (got.outcome == HTTP_ANSWERED && got.status == 200 && wrong == NULL)
		return;
	if (wrong != NULL)
		got.error = wrong;
	say_unlisted(metadata, &got);
}

static void
listed(void *arg, const struct http_response *response)
{
	struct metadata *metadata = arg;

	metadata->call = NULL; /* It has ended. */
	take_listing(metadata, response);
	go_on(metadata);
}

/* Begin a round: by asking Prometheus, if its URL is known. */
static void
begin(struct metadata *metadata)
{
	struct http_request request = {
		.url = metadata->listing_url,
		.timeout = METADATA_LISTING_TIMEOUT,
		.answer_max = LISTING_MAX,
	};

	metadata->under_way = true;
	if (metadata->listing_url == NULL) {
		go_on(metadata);
		return;
	}
	metadata->call =
	    http_get(metadata->options.asking, &request, listed, metadata);
	if (metadata->call == NULL) {
		say_unlisted(metadata, &no_memory);
		go_on(metadata);
	}
}

/* Do what is next, as soon as no samples wait. */
static void
step(void *arg)
{
	struct metadata *metadata = arg;

	if (sender_waits(metadata->options.sender))
		timer_set(metadata->timer, now_of(metadata) + METADATA_LOOK);
	else if (!metadata->under_way)
		begin(metadata);
	else if (metadata->body == NULL && !fill(metadata))
		rest(metadata);
	else
		post(metadata);
}
