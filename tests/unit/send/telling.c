/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/unit/send/telling.h"

/* Note what ${message} tells. */
static void
note(struct telling *f, const Remote__WriteRequest *message)
{
	const Remote__MetricMetadata *entry;
	size_t i;

	assert_int_equal(message->n_timeseries, 0);
	for (i = 0; i < message->n_metadata && f->names_len < TELLING_TOLD_MAX;
	     i++) {
		entry = message->metadata[i];
		(void)snprintf(f->names[f->names_len], TELLING_NAME_MAX_LEN,
		    "%.*s", (int)entry->metric_family_name.len,
		    (const char *)entry->metric_family_name.data);
		f->types[f->names_len++] = entry->type;
	}
}

static bool
other(void *arg, const struct http_request *request, struct sim_answer *ret)
{
	struct telling *f = arg;
	struct told *told = &f->told[f->told_len];
	const char *const *line = request->headers;
	Remote__WriteRequest *message;

	assert_true(f->told_len < TELLING_TOLD_MAX - 1);
	*told = (struct told){ .at = sim_now(f->sending->sim) };
	if (request->method == HTTP_GET) {
		(void)snprintf(f->url, sizeof(f->url), "%s", request->url);
		assert_int_equal(request->answer_max, LISTING_MAX);
		assert_null(request->body);
		told->get = true;
		f->told_len++;
		*ret = f->listing;
		return true;
	}
	message = body_unpack(request->body, request->body_len);
	told->entries = message->n_metadata;
	if (told->entries > 0) {
		note(f, message);
		f->told_len++;
		f->body_len = request->body_len;
	}
	remote__write_request__free_unpacked(message, NULL);
	for (; *line != NULL; line++, told->lines++)
		if (strncmp(*line, "Retry-", 6) == 0)
			(void)snprintf(
			    told->retry, sizeof(told->retry), "%s", *line);
	(void)snprintf(told->url, sizeof(told->url), "%s", request->url);
	*ret = f->first.status != 0 &&
		strcmp(request->url, f->options.remote->url) == 0
	    ? f->first
	    : f->answer;
	return told->entries > 0;
}

/* Only what is for Prometheus goes this way. */
static struct http_call *
ask(struct http *http, const struct http_request *request, http_done_fn *done,
    void *arg)
{
	struct telling *f =
	    (void *)((char *)http - offsetof(struct telling, asking));

	assert_int_equal(request->method, HTTP_GET);
	return http_get(sim_http(f->sending->sim), request, done, arg);
}

/* And nothing of it the other. */
static struct http_call *
tell(struct http *http, const struct http_request *request, http_done_fn *done,
    void *arg)
{
	struct telling *f =
	    (void *)((char *)http - offsetof(struct telling, telling));

	assert_int_equal(request->method, HTTP_POST);
	return http_post(sim_http(f->sending->sim), request, done, arg);
}

int
telling_set_up(void **state)
{
	struct telling *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->sending = sending_new();
	log_init(LOG_ERROR, LOG_LOGFMT);
	f->sending->other = other;
	f->sending->other_arg = f;
	f->sending->remote.metadata.send_interval = TELLING_INTERVAL;
	f->sending->remote.metadata.max_samples_per_send = 2000;
	sending_start(f->sending, NULL, 0);
	f->telling.send = tell;
	f->asking.send = ask;
	f->families = families_new();
	f->answer = f->listing = (struct sim_answer)SENDING_OK;
	f->options = (struct metadata_options){
		.clock = sim_clock(f->sending->sim),
		.http = &f->telling,
		.asking = &f->asking,
		.remote = &f->sending->remote,
		.families = f->families,
		.sender = f->sending->sender,
		.meters = &f->sending->meters,
	};
	*state = f;
	return 0;
}

int
telling_tear_down(void **state)
{
	struct telling *f = *state;

	metadata_free(f->metadata);
	families_free(f->families);
	sending_free(f->sending);
	free(f);
	return 0;
}

void
telling_start(struct telling *f)
{
	f->metadata = metadata_new(&f->options);
	assert_non_null(f->metadata);
}

void
telling_know(struct telling *f, enum family_type type, const char *name)
{
	struct family family = {
		.type = type,
		.name = { name, strlen(name) },
		.help = { "What it is.", 11 },
	};

	assert_int_equal(families_put(f->families, &family), 0);
}

void
telling_know_many(struct telling *f, unsigned int count)
{
	char name[16];
	unsigned int i;

	for (i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "m%u", i);
		telling_know(f, FAMILY_GAUGE, name);
	}
}

void
telling_run(struct telling *f, uint64_t time)
{
	(void)sim_run(f->sending->sim, time);
}

void
telling_run_round(struct telling *f)
{
	telling_run(f, TELLING_INTERVAL + CLOCK_SEC);
}
