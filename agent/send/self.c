/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/batch/encode.h"
#include "agent/meters/vitals.h"
#include "agent/send/errand.h"
#include "agent/send/self.h"
#include "agent/series/external.h"
#include "agent/series/final.h"

/* The name of this host and the port of /metrics, as Prometheus has it. */
#define INSTANCE_MAX (HOST_NAME_MAX + 16)

#define LABELS_MAX 5u /* Of one of them, before those of all series. */

struct self {
	struct self_options options;
	struct errand errand;
	struct encoder encoder;
	struct timer *timer; /* The next round, or the next step of one. */
	uint64_t due;        /* When the round under way, or the next, is. */
	int64_t time;        /* Of the last round, in ms since 1970. */

	/* Of the round under way. */
	struct finals *finals; /* Its series; NULL: there is none. */
	struct wal_label *external;
	struct wal_label mark; /* That rules do not take off. */
	char instance[INSTANCE_MAX];
	struct vital vitals[VITALS_MAX];
	size_t len, next; /* Of them; not yet in a body. */
	uint8_t *body;    /* Of the request being made, or NULL. */
	size_t body_len;
	uint32_t entries; /* In it. */

	struct log_gate refused;
};

static uint64_t
now_of(const struct self *self)
{
	return clock_monotonic(self->options.clock);
}

static void step(void *arg);
static void answered(void *arg, const struct http_response *response);

/* Have the first round be at this host's own moment of the interval. */
static void
begin_rounds(struct self *self)
{
	uint64_t interval = self->options.remote->self_interval;

	self->due = interval == 0
	    ? CLOCK_NEVER
	    : now_of(self) + self->options.host * CLOCK_MSEC % interval;
	timer_set(self->timer, self->due);
}

struct self *
self_new(const struct self_options *options)
{
	struct self *self;

	if ((self = calloc(1, sizeof(*self))) == NULL)
		return NULL;
	self->options = *options;
	self->time = INT64_MIN;
	self->errand = (struct errand){
		.http = options->http,
		.remote = options->remote,
		.done = answered,
		.arg = self,
	};
	encoder_init(&self->encoder);
	if ((self->timer = timer_new(options->clock, step, self)) == NULL) {
		self_free(self);
		return NULL;
	}
	begin_rounds(self);
	return self;
}

static void
drop_body(struct self *self)
{
	free(self->body);
	self->body = NULL;
	self->entries = 0;
}

/* End the round, if one is under way. */
static void
end_round(struct self *self)
{
	errand_cancel(&self->errand);
	drop_body(self);
	finals_free(self->finals);
	self->finals = NULL;
	free(self->external);
	self->external = NULL;
	encoder_release(&self->encoder);
}

void
self_stop(struct self *self)
{
	if (self == NULL)
		return;
	end_round(self);
	timer_set(self->timer, CLOCK_NEVER);
}

void
self_tune(
    struct self *self, const struct config_remote *remote, struct http *http)
{
	uint64_t interval = self->options.remote->self_interval;

	end_round(self);
	errand_tune(&self->errand, remote, http);
	self->options.remote = remote;
	if (remote->self_interval != interval)
		begin_rounds(self);
	else
		timer_set(self->timer, self->due);
}

void
self_free(struct self *self)
{
	if (self == NULL)
		return;
	end_round(self);
	errand_release(&self->errand);
	timer_free(self->timer);
	free(self);
}

/* The round is over: the next is when its time comes, after ${wait}. */
static void
rest(struct self *self, uint64_t wait)
{
	uint64_t interval = self->options.remote->self_interval;
	uint64_t late = now_of(self) + wait - self->due;

	end_round(self);
	self->due += (late / interval + 1) * interval;
	timer_set(self->timer, self->due);
}

static struct wal_label
label(const char *name, const char *value)
{
	return (struct wal_label){
		.name = { name, strlen(name) },
		.value = { value, strlen(value) },
	};
}

/* The series of the destination, as ${remote} has them; -1: no memory. */
static int
make_finals(struct self *self, const struct config_remote *remote)
{
	self->external = external_lend(remote->home);
	if (self->external == NULL)
		return -1;
	self->finals =
	    finals_new(self->external, remote->home->external_labels_len);
	if (self->finals == NULL)
		return -1;
	finals_limit_labels(self->finals, remote->label_limits);
	/* Its urls may well lead to one receiver. */
	self->mark = label("remote_name", remote->name);
	if (remote->share_count > 1)
		finals_mark(self->finals, &self->mark);
	return finals_relabel(self->finals, remote->rules, remote->rules_len);
}

static void
name_instance(struct self *self)
{
	const char *port =
	    strrchr(self->options.remote->home->listen_address, ':');
	char host[HOST_NAME_MAX + 1] = "";

	(void)gethostname(host, sizeof(host));
	host[HOST_NAME_MAX] = '\0';
	(void)snprintf(self->instance, sizeof(self->instance), "%s%s", host,
	    port != NULL ? port : "");
}

/* Begin a round, of now; false if it cannot be. */
static bool
begin(struct self *self)
{
	int64_t wall = clock_wall(self->options.clock);

	/* A clock that was set back would put a series out of order. */
	if (wall <= self->time || make_finals(self, self->options.remote) != 0)
		return false;
	self->time = wall;
	name_instance(self);
	stats_update(self->options.stats);
	self->len = vitals_read(
	    self->options.meters, self->options.stats, self->vitals);
	self->next = 0;
	return true;
}

/* The number of the series of ${vital}; FINAL_NONE: not sent, or it was. */
static uint32_t
series_of(struct self *self, const struct vital *vital)
{
	/* By name, as those of all series are. */
	const struct wal_label labels[LABELS_MAX] = {
		label("__name__", vital->name),
		label("instance", self->instance),
		label("job", SELF_JOB),
		label("remote_name", self->options.remote->name),
		label("version", vital->version != NULL ? vital->version : ""),
	};
	size_t len = vital->version != NULL ? LABELS_MAX : LABELS_MAX - 1;
	uint32_t number;

	if (finals_take(self->finals, labels, len, &number) != FINAL_OK ||
	    finals_at(self->finals, number)->refs > 1)
		return FINAL_NONE;
	return number;
}

/* Whether a request may have ${final} beside what is in it already. */
static bool
has_room(const struct self *self, const struct final *final)
{
	uint32_t max = self->options.remote->max_bytes_per_send;
	size_t plain = encoder_len(&self->encoder) + final->packed_len +
	    ENCODE_SAMPLE_ROOM;

	return max == 0 || self->entries == 0 ||
	    snappy_max_compressed_length(plain) <= max;
}

/* Put what comes next into the body; false if it is for another request. */
static bool
add(struct self *self, const struct vital *vital)
{
	uint32_t number = series_of(self, vital);
	const struct final *final;
	uint64_t value;

	if (number == FINAL_NONE)
		return true;
	final = finals_at(self->finals, number);
	if (!has_room(self, final)) {
		finals_drop(self->finals, number);
		return false;
	}
	memcpy(&value, &vital->value, sizeof(value));
	if (encoder_add(&self->encoder, final, self->time, value) == 0)
		self->entries++;
	else
		stat_inc(self->options.meters->self_failed);
	return true;
}

/* Make the next body; false if there is nothing more to send, or no memory. */
static bool
fill(struct self *self)
{
	uint32_t max = self->options.remote->queue.max_samples_per_send;

	while (self->next < self->len && self->entries < max &&
	    add(self, &self->vitals[self->next]))
		self->next++;
	if (self->entries == 0)
		return false;
	if (encoder_finish(&self->encoder, &self->body, &self->body_len) == 0)
		return true;
	stat_add(self->options.meters->self_failed, self->entries);
	return false;
}

/* The receiver did not take them. */
static void
fail(struct self *self, const struct http_response *response)
{
	uint64_t asked = errand_asked(response, self->options.clock);
	uint64_t hidden;
	size_t len = response->body_len;

	stat_add(self->options.meters->self_failed, self->entries);
	if (log_gate_open(
		&self->refused, now_of(self), SELF_LOG_PERIOD, &hidden))
		log_warn(errand_may_pass(response)
			? "self_metrics were not delivered; the next may be"
			: "receiver did not take self_metrics; samples are not "
			  "affected; if it never will, write "
			  "self_metrics: {interval: 0s}",
		    LOG_STR("remote", self->options.remote->name),
		    LOG_STR("url", self->options.remote->shown_url),
		    LOG_INT("status", response->status),
		    LOG_STR("err", response->error),
		    LOG_BYTES("body", response->body,
			len < SELF_BODY_LOGGED ? len : SELF_BODY_LOGGED),
		    LOG_UINT("unsaid", hidden));
	rest(self, asked > SELF_WAIT ? asked : SELF_WAIT);
}

static void
answered(void *arg, const struct http_response *response)
{
	struct self *self = arg;

	if (!errand_accepted(response)) {
		fail(self, response);
		return;
	}
	stat_add(self->options.meters->self_samples, self->entries);
	drop_body(self);
	timer_set(self->timer, 0);
}

/* Do what is next, as soon as no samples wait. */
static void
step(void *arg)
{
	struct self *self = arg;

	if (sender_waits(self->options.sender)) {
		end_round(self);
		timer_set(self->timer, now_of(self) + SELF_LOOK);
	} else if ((self->finals == NULL && !begin(self)) || !fill(self)) {
		rest(self, 0);
	} else {
		sender_spend(self->options.sender, self->entries);
		errand_run(&self->errand, self->body, self->body_len, 0);
	}
}
