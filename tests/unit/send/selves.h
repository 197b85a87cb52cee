/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/send/selves.h - one who tells a receiver of walship itself, and
 * what is told.
 */
#ifndef TESTS_UNIT_SEND_SELVES_H
#define TESTS_UNIT_SEND_SELVES_H

#include <stdio.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/config/config.h"
#include "agent/meters/vitals.h"
#include "agent/send/self.h"
#include "tests/unit/send/sending.h"
#include "tests/unit/series/body.h"

#define TOLD_MAX 512u
#define INTERVAL (60 * CLOCK_SEC)

/* What all configurations here begin with. */
#define HEAD \
	"prometheus: {data_dir: /d}\n" \
	"external_labels: {host: h, job: other}\n" \
	"self_metrics: {interval: 60s}\n" \
	"remote_write:\n" \
	"- url: http://receiver/write\n" \
	"  name: r\n"

/* A request of ours. */
struct told {
	uint64_t at;
	int64_t time; /* Of its samples. */
	size_t entries, bytes;
	char first[256]; /* Labels of its first series. */
	char url[64];
};

struct selves {
	struct sending *sending;
	struct config *config;
	struct self_options options;
	struct self *self;
	struct sim_answer answer; /* To a request of ours. */
	struct told told[TOLD_MAX];
	size_t told_len;
};

/* Write the labels of ${series} as {name=value,...}. */
static inline void
selves_describe(const Remote__TimeSeries *series, char *to, size_t size)
{
	size_t i, len = 0;

	for (i = 0; i < series->n_labels && len < size; i++)
		len += (size_t)snprintf(to + len, size - len, "%s%.*s=%.*s",
		    i > 0 ? "," : "", (int)series->labels[i]->name.len,
		    (const char *)series->labels[i]->name.data,
		    (int)series->labels[i]->value.len,
		    (const char *)series->labels[i]->value.data);
}

/* The samples of the others have no name. */
static inline bool
selves_is_ours(const Remote__TimeSeries *series)
{
	return series->n_labels > 1;
}

static inline bool
selves_other(
    void *arg, const struct http_request *request, struct sim_answer *ret)
{
	struct selves *f = arg;
	struct told *told = &f->told[f->told_len];
	Remote__WriteRequest *message;
	size_t i;
	bool ours;

	message = body_unpack(request->body, request->body_len);
	assert_true(message->n_timeseries > 0);
	ours = selves_is_ours(message->timeseries[0]);
	if (ours) {
		assert_true(f->told_len++ < TOLD_MAX - 1);
		*told = (struct told){ .at = sim_now(f->sending->sim),
			.time = message->timeseries[0]->samples[0]->timestamp,
			.entries = message->n_timeseries,
			.bytes = request->body_len };
		selves_describe(
		    message->timeseries[0], told->first, sizeof(told->first));
		(void)snprintf(
		    told->url, sizeof(told->url), "%s", request->url);
		for (i = 0; i < message->n_timeseries; i++) {
			assert_int_equal(message->timeseries[i]->n_samples, 1);
			assert_int_equal(
			    message->timeseries[i]->samples[0]->timestamp,
			    told->time);
		}
		*ret = f->answer;
	}
	remote__write_request__free_unpacked(message, NULL);
	return ours;
}

static inline int
selves_set_up(void **state)
{
	struct selves *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->sending = sending_new();
	log_init(LOG_ERROR, LOG_LOGFMT);
	f->sending->other = selves_other;
	f->sending->other_arg = f;
	f->answer = (struct sim_answer)SENDING_OK;
	*state = f;
	return 0;
}

static inline int
selves_tear_down(void **state)
{
	struct selves *f = *state;

	self_free(f->self);
	config_free(f->config);
	sending_free(f->sending);
	free(f);
	return 0;
}

/* The configuration ${text}, to be freed. */
static inline struct config *
selves_parse(const char *text)
{
	struct config *config;
	struct buf faults;

	buf_init(&faults, 4096);
	config = config_parse("f.yml", text, strlen(text), &faults);
	if (config == NULL)
		print_error("%s", buf_text(&faults));
	buf_release(&faults);
	assert_non_null(config);
	return config;
}

/* Begin by ${text}; the samples' way is the sending's own. */
static inline void
selves_start(struct selves *f, const char *text)
{
	f->config = selves_parse(text);
	sending_start(f->sending, NULL, 0);
	f->options = (struct self_options){
		.clock = sim_clock(f->sending->sim),
		.http = sim_http(f->sending->sim),
		.remote = &f->config->remotes[0],
		.sender = f->sending->sender,
		.meters = &f->sending->meters,
		.stats = f->sending->stats,
		.host = 1000,
	};
	f->self = self_new(&f->options);
	assert_non_null(f->self);
}

static inline void
selves_run(struct selves *f, uint64_t time)
{
	(void)sim_run(f->sending->sim, time);
}

#endif /* TESTS_UNIT_SEND_SELVES_H */
