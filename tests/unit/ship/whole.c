/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "tests/unit/series/body.h"
#include "tests/unit/ship/whole.h"

const struct sim_answer whole_ok = {
	.latency = 20 * CLOCK_MSEC,
	.outcome = HTTP_ANSWERED,
	.status = 200,
};

const struct sim_answer whole_dead = {
	.latency = CLOCK_MSEC,
	.outcome = HTTP_UNREACHED,
};

/* The receiver accepts the samples of ${series}; how many came before. */
static size_t
accept_series(struct whole *whole, const Remote__TimeSeries *series)
{
	unsigned int s = body_number(series);
	size_t old = 0, i;
	uint64_t value;

	assert_true(s < WHOLE_SERIES);
	assert_true(series->n_samples > 0);
	for (i = 0; i < series->n_samples; i++) {
		value = (uint64_t)series->samples[i]->value;
		/* Nothing is left out, and what comes again is older. */
		draw_check(&whole->draw, value <= whole->had[s]);
		draw_check(&whole->draw, value >= whole->first[s]);
		if (value == whole->had[s])
			whole->had[s]++;
		else
			old++;
	}
	return old;
}

/* The receiver accepts a request. */
static void
accept_samples(struct whole *whole, const struct http_request *request)
{
	Remote__WriteRequest *message =
	    body_unpack(request->body, request->body_len);
	size_t samples = 0, old = 0, i;

	assert_true(message->n_timeseries + message->n_metadata > 0);
	whole->described += message->n_metadata;
	for (i = 0; i < message->n_timeseries; i++) {
		old += accept_series(whole, message->timeseries[i]);
		samples += message->timeseries[i]->n_samples;
	}
	draw_check(&whole->draw, whole->mixes || old == 0 || old == samples);
	whole->accepted += samples;
	remote__write_request__free_unpacked(message, NULL);
}

/* Whether ${request} has credentials. */
static bool
has_credentials(const struct http_request *request)
{
	const char *const *line = request->headers;

	while (line != NULL && *line != NULL)
		if (strncmp(*line++, "Authorization: ", 15) == 0)
			return true;
	return false;
}

static struct sim_answer
begin(void *arg, uint64_t number, const struct http_request *request)
{
	struct whole *whole = arg;
	struct sim_answer answer;

	(void)number;
	if (strcmp(request->url, WHOLE_DEAD_URL) == 0)
		return whole_dead;
	if (request->method == HTTP_GET) { /* To Prometheus. */
		assert_false(has_credentials(request));
		whole->asked++;
		return whole_dead;
	}
	draw_check(&whole->draw,
	    has_credentials(request) ==
		(whole->remote.auth.kind != CONFIG_AUTH_NONE));
	answer = whole->choose != NULL ? whole->choose(whole) : whole->answer;
	draw_check(&whole->draw,
	    sim_flying(whole->sim) <= whole->remote.queue.max_shards);
	/* What broke off or timed out may have arrived, and here it has. */
	if ((answer.outcome == HTTP_ANSWERED && answer.status < 300) ||
	    answer.outcome == HTTP_BROKEN || answer.outcome == HTTP_TIMED_OUT)
		accept_samples(whole, request);
	return answer;
}

static void
drained(void *arg)
{
	((struct whole *)arg)->drained++;
}

static void
failed(void *arg)
{
	((struct whole *)arg)->failed++;
}

static void
configure(struct whole *whole)
{
	static char url[] = "http://receiver/write", name[] = "receiver";
	static char key[] = "a_host", value[] = "h1";

	whole->external = (struct config_label){ .name = key, .value = value };
	whole->config = (struct config){
		.data_dir = whole->scratch.data,
		.start.kind = CONFIG_START_OLDEST,
		.external_labels = &whole->external,
		.external_labels_len = 1,
	};
	whole->remote = (struct config_remote){
		.url = url,
		.shown_url = url,
		.name = name,
		.remote_timeout = 30 * CLOCK_SEC,
		.follow_redirects = true,
		.hold = { .statuses = { 401, 403 }, .len = 2 },
		.queue = {
			.max_shards = 8,
			.max_samples_per_send = 100,
			.batch_send_deadline = 5 * CLOCK_SEC,
			.min_backoff = 30 * CLOCK_MSEC,
			.max_backoff = 5 * CLOCK_SEC,
			.retry_on_http_429 = true,
		},
	};
}

void
whole_write_series(struct whole *whole, uint64_t base)
{
	unsigned int i;
	char number[16];

	for (i = 0; i < WHOLE_SERIES; i++) {
		(void)snprintf(number, sizeof(number), "%u", i);
		writer_series(&whole->writer, base + i, "__name__", "up", "s",
		    number, NULL);
	}
}

struct whole *
whole_new(void)
{
	struct whole *whole = calloc(1, sizeof(*whole));

	assert_non_null(whole);
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	scratch_open(&whole->scratch);
	writer_open_dir(&whole->writer, whole->scratch.wal, 0);
	whole_write_series(whole, 1);
	whole->sim = sim_new(&(struct sim_receiver){ begin, NULL, whole });
	lazy_init(&whole->lazy);
	whole->behind = DESTINATION_BEHIND;
	whole->sets = labelsets_new();
	whole->stats = stats_new();
	whole->answer = whole_ok;
	configure(whole);
	return whole;
}

void
whole_free(struct whole *whole)
{
	whole_end(whole, true);
	stats_free(whole->stats);
	assert_int_equal(labelsets_count(whole->sets), 0);
	labelsets_free(whole->sets);
	sim_free(whole->sim);
	writer_close(&whole->writer);
	scratch_close(&whole->scratch);
	free(whole);
}

struct place *
whole_place(struct whole *whole, const char *name)
{
	struct place *place;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", whole->scratch.data, name);
	assert_int_equal(
	    place_new(sim_clock(whole->sim), &whole->lazy.worker, path, &place),
	    PLACE_OK);
	if (whole->keeps && asprintf(&place->series, "%s.series", path) == -1)
		abort();
	return place;
}

struct destination *
whole_make(struct whole *whole, const struct config_remote *remote,
    struct place *place)
{
	struct destination *destination =
	    destination_new(&(struct destination_options){
		.clock = sim_clock(whole->sim),
		.http = sim_http(whole->sim),
		.stats = whole->stats,
		.sets = whole->sets,
		.config = &whole->config,
		.remote = remote,
		.wal_dir = whole->scratch.wal,
		.place = place,
		.behind = whole->behind,
		.room = whole->room,
		.host = whole->host,
		.drained = drained,
		.failed = failed,
		.arg = whole,
	    });

	assert_non_null(destination);
	return destination;
}

void
whole_start(struct whole *whole)
{
	whole->place = whole_place(whole, "place");
	whole->destination = whole_make(whole, &whole->remote, whole->place);
	destination_poke(whole->destination);
}

/* The paths of its file with that suffix, and of a copy of it. */
static void
name_files(
    struct whole *whole, const char *suffix, char path[128], char copy[128])
{
	(void)snprintf(path, 128, "%s/place%s", whole->scratch.data, suffix);
	(void)snprintf(copy, 128, "%s/copy%s", whole->scratch.data, suffix);
}

/* Keep what is in that file for put_back. */
static void
put_aside(struct whole *whole, const char *suffix)
{
	char path[128], copy[128];

	name_files(whole, suffix, path, copy);
	if (access(path, F_OK) == 0)
		scratch_copy(path, copy);
}

static void
put_back(struct whole *whole, const char *suffix)
{
	char path[128], copy[128];

	name_files(whole, suffix, path, copy);
	(void)unlink(path);
	if (access(copy, F_OK) == 0)
		assert_int_equal(rename(copy, path), 0);
}

void
whole_end(struct whole *whole, bool clean)
{
	if (whole->destination == NULL)
		return;
	/* What a kill would leave is what is there before the end. */
	if (!clean) {
		put_aside(whole, "");
		put_aside(whole, ".series");
	}
	destination_free(whole->destination);
	place_free(whole->place);
	lazy_work(&whole->lazy);
	whole->destination = NULL;
	if (!clean) {
		put_back(whole, "");
		put_back(whole, ".series");
	}
}

void
whole_stop(struct whole *whole)
{
	unsigned int before = whole->drained, i;

	destination_stop(whole->destination);
	for (i = 0; i < WHOLE_STOP_TURNS && whole->drained == before; i++) {
		(void)sim_run(whole->sim, CLOCK_SEC / 10);
		lazy_work(&whole->lazy);
	}
}

void
whole_scrape_some(
    struct whole *whole, uint64_t base, unsigned int first, unsigned int count)
{
	int64_t time = clock_wall(sim_clock(whole->sim));
	struct wal_sample samples[WHOLE_SERIES];
	unsigned int i;
	double value;

	/* No series has two samples of one time. */
	whole->scraped = time > whole->scraped ? time : whole->scraped + 1;
	for (i = 0; i < count; i++) {
		value = (double)whole->made[first + i]++;
		samples[i] = (struct wal_sample){
			.ref = base + first + i,
			.time = whole->scraped,
		};
		memcpy(&samples[i].value, &value, sizeof(value));
	}
	whole->written += count;
	writer_samples(&whole->writer, samples, count);
	if (whole->destination != NULL)
		destination_poke(whole->destination);
}

void
whole_scrape(struct whole *whole, uint64_t base)
{
	whole_scrape_some(whole, base, 0, WHOLE_SERIES);
}

uint64_t
whole_live(struct whole *whole, unsigned int count)
{
	uint64_t events = 0;

	for (; count > 0; count--) {
		whole_scrape(whole, 1);
		events += sim_run(whole->sim, WHOLE_SCRAPE);
	}
	return events;
}

void
whole_expect_all(struct whole *whole)
{
	unsigned int i;

	for (i = 0; i < WHOLE_SERIES; i++)
		draw_check(&whole->draw, whole->had[i] == whole->made[i]);
	draw_check(
	    &whole->draw, destination_unsettled(whole->destination) == 0);
	draw_check(&whole->draw, whole->failed == 0);
}

double
whole_value(struct whole *whole, const char *series)
{
	const char *at;
	struct buf out;
	double value;

	buf_init(&out, 1 << 20);
	stats_write(whole->stats, &out);
	at = strstr(buf_text(&out), series);
	if (at == NULL)
		fail_msg("no %s", series);
	at += strcspn(at, " ");
	value = strtod(at, NULL);
	buf_release(&out);
	return value;
}
