/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random records of random series, some made equal by external labels, go
 * through cutter, window and sender to a receiver of random latencies and
 * failures.  Whatever the seed:
 *
 *   no request holds a sample before the one before it of its series is
 *   settled, and none is left out;
 *   everything is delivered, or refused, and the receiver had it; what is
 *   given up is counted, and where it is searched, is what is bad and no more;
 *   never more than max_shards requests are under way;
 *   the position never passes a sample that is not settled;
 *   and it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/ship/cutter.h"
#include "agent/ship/sender.h"
#include "tests/unit/base/draw.h"
#include "tests/unit/series/series.h"
#include "tests/unit/ship/body.h"
#include "tests/unit/ship/sim.h"

#define SEEDS 400u
#define SERIES 24u /* As sent. */
#define RECORDS 150u
#define RECORD_MAX 40u /* Samples. */
#define EVENTS_MAX 200000u
#define TIMEOUT (2 * CLOCK_SEC)

/* What is known of a sample, as bits. */
#define BAD 1u      /* The receiver will never accept it. */
#define REFUSED 2u  /* It was in a request that was refused, */
#define ACCEPTED 4u /* or in one that was accepted. */
#define ARRIVED 8u  /* The receiver has it, whatever it answered. */

/* A series as it is sent.  Its samples have the values 0, 1, 2, ... */
struct line {
	uint8_t states[RECORDS * RECORD_MAX];
	uint32_t refs[2]; /* Without and with the external label. */
	uint64_t made;    /* Samples made. */
	uint64_t settled; /* The first of them that is not settled. */
	bool flying;
};

/* What a request holds of a series: from the first on. */
struct part {
	unsigned int line;
	uint64_t first, len;
};

struct flight {
	struct part parts[SERIES];
	unsigned int len;
	unsigned int samples;
	bool bad;   /* One of them is, */
	bool known; /* or the receiver has one already. */
	int status;
	bool arrives;
};

/* What is left behind of a record: the samples of each series up to it. */
struct mark {
	uint64_t made[SERIES];
};

struct world {
	struct draw draw;
	struct sim *sim;
	struct series_labels external;
	struct finals *finals;
	struct line lines[SERIES];
	struct stats *stats;
	struct meters meters;
	struct config_remote remote;
	struct window window;
	struct cutter cutter;
	struct sender *sender;
	struct catchup catchup;
	struct timer *timer; /* Of the next turn. */

	struct kept kept[RECORD_MAX];
	struct kept_record record;
	bool pending;
	unsigned int taken; /* Records. */
	uint64_t passed;    /* Records that the position has passed. */
	struct mark marks[RECORDS];
	struct flight flights[WINDOW_SLOTS];
	uint64_t numbers[WINDOW_SLOTS]; /* Of their requests, plus 1. */
	unsigned int failing;           /* Of ten requests, so many. */
	bool refuses;
	bool strict;          /* Refuses what it has already. */
	unsigned int largest; /* Samples of a request that is not too large. */
	unsigned int bad;     /* Samples. */
	unsigned int accepted;
};

#define check(world_, what_) draw_check(&(world_)->draw, what_)

static uint32_t
take_final(struct world *world, unsigned int line, unsigned int ref)
{
	char text[32];

	(void)snprintf(
	    text, sizeof(text), "%ss=%u", ref == 0 ? "" : "host=h1,", line);
	return series_number(world->finals, text);
}

/* Forget a series wholly, and learn it again. */
static void
redefine(struct world *world, struct line *line)
{
	unsigned int i, number = (unsigned int)(line - world->lines);

	for (i = 0; i < 2; i++)
		finals_drop(world->finals, line->refs[i]);
	for (i = 0; i < 2; i++)
		line->refs[i] = take_final(world, number, i);
	assert_int_equal(line->refs[0], line->refs[1]);
}

/* Make the next record; a series may occur several times in it. */
static void
make_record(struct world *world)
{
	struct kept_record *record = &world->record;
	unsigned int i, few = 1 + draw_below(&world->draw, SERIES);
	struct line *line;

	*record = (struct kept_record){
		.kept = world->kept,
		.len = draw_below(&world->draw, 4) == 0
		    ? draw_below(&world->draw, RECORD_MAX + 1)
		    : draw_below(&world->draw, 6),
		.end.at = { .segment = 1, .offset = world->taken + 1 },
		.stored = 1 + draw_below(&world->draw, 100),
	};
	for (i = 0; i < record->len; i++) {
		line = &world->lines[draw_below(&world->draw, few)];
		world->kept[i] = (struct kept){
			.final = finals_at(world->finals,
			    line->refs[draw_below(&world->draw, 2)]),
			.time = (int64_t)line->made,
			.value = line->made,
			.kind = KEPT_SAMPLE,
		};
		if (world->refuses && draw_below(&world->draw, 40) == 0) {
			line->states[line->made] = BAD;
			world->bad++;
		}
		line->made++;
		record->plain +=
		    world->kept[i].final->packed_len + ENCODE_SAMPLE_ROOM;
	}
	for (i = 0; i < SERIES; i++)
		world->marks[world->taken].made[i] = world->lines[i].made;
	world->pending = true;
	if (draw_below(&world->draw, 30) == 0)
		world->cutter.behind = !world->cutter.behind;
}

/* Take records while the window has room, and now and then wait for more. */
static uint64_t
feed(struct world *world, uint64_t now)
{
	while (world->taken < RECORDS) {
		if (!world->pending) {
			if (draw_below(&world->draw, 20) == 0)
				redefine(world,
				    &world->lines[draw_below(
					&world->draw, SERIES)]);
			if (draw_below(&world->draw, 5) == 0) {
				cutter_idle(&world->cutter);
				make_record(world);
				return now +
				    draw_below(&world->draw, CLOCK_SEC);
			}
			make_record(world);
		}
		switch (cutter_take(&world->cutter, &world->record, now)) {
		case CUT_TAKEN:
			world->pending = false;
			world->taken++;
			break;
		case CUT_MORE:
			break;
		default:
			return CLOCK_NEVER;
		}
	}
	return CLOCK_NEVER;
}

static void
take_turn(void *arg)
{
	struct world *world = arg;
	uint64_t now = sim_now(world->sim), deadline;
	uint64_t next = feed(world, now);
	enum cut_result result = CUT_TAKEN;

	if (now >= cutter_deadline(&world->cutter) || world->taken == RECORDS)
		result = cutter_cut(&world->cutter);
	sender_fly(world->sender);
	deadline = result == CUT_FULL ? CLOCK_NEVER
	    : result == CUT_MORE      ? now
				      : cutter_deadline(&world->cutter);
	timer_set(world->timer, deadline < next ? deadline : next);
}

/* What is on the wire is of a range that says so. */
static void
launch(void *arg, struct range *range)
{
	struct world *world = arg;

	check(world, range->launched);
}

static void
settled(void *arg, struct range *range)
{
	struct world *world = arg;

	cutter_settled(&world->cutter, range);
	timer_set(world->timer, 0);
}

/* Note a sample of a request in ${flight}. */
static void
note_sample(struct world *world, struct flight *flight, unsigned int number,
    uint64_t value)
{
	struct line *line = &world->lines[number];
	struct part *part = NULL;
	unsigned int i;

	for (i = 0; i < flight->len; i++)
		if (flight->parts[i].line == number)
			part = &flight->parts[i];
	flight->samples++;
	flight->bad |= (line->states[value] & BAD) != 0;
	flight->known |= (line->states[value] & ARRIVED) != 0;
	if (part == NULL) {
		check(world, !line->flying);
		check(world, value >= line->settled);
		/* What is left out has been refused. */
		for (; line->settled < value; line->settled++)
			check(world, line->states[line->settled] & REFUSED);
		part = &flight->parts[flight->len++];
		*part = (struct part){ number, value, 0 };
	}
	check(world, value == part->first + part->len);
	part->len++;
}

/* Note the samples of ${series}; only a group's are several. */
static void
note_series(struct world *world, struct flight *flight,
    const Remote__TimeSeries *series)
{
	size_t i;

	check(world, series->n_labels == 2);
	check(world, series->n_samples > 0);
	for (i = 0; i < series->n_samples; i++)
		note_sample(world, flight, body_number(series),
		    body_bits_at(series, i));
}

/* Unpack a request into ${flight}. */
static void
read_request(struct world *world, const struct http_request *request,
    struct flight *flight)
{
	Remote__WriteRequest *message;
	size_t i;

	message = body_unpack(request->body, request->body_len);
	check(world,
	    message->n_timeseries <= world->remote.queue.max_samples_per_send);
	for (i = 0; i < message->n_timeseries; i++)
		note_series(world, flight, message->timeseries[i]);
	remote__write_request__free_unpacked(message, NULL);
}

/* An answer, the bad ones among them as often as this world has it. */
static struct sim_answer
draw_answer(struct world *world)
{
	static const int fine[] = { 200, 204 };
	static const int bad[] = { 500, 503, 408, 429, 401 };
	static const char *const waits[] = { NULL, "1", "soon", NULL };
	struct sim_answer answer = {
		.latency = 1 + draw_below(&world->draw, CLOCK_SEC / 4),
		.outcome = HTTP_ANSWERED,
		.status = fine[draw_below(&world->draw, 2)],
	};

	if (draw_below(&world->draw, 10) >= world->failing)
		return answer;
	if (draw_below(&world->draw, 2) == 0) {
		answer.outcome = HTTP_UNRESOLVED + draw_below(&world->draw, 5);
		if (answer.outcome == HTTP_TIMED_OUT)
			answer.latency = 2 * TIMEOUT;
		return answer;
	}
	answer.status = bad[draw_below(&world->draw, 5)];
	answer.retry_after = waits[draw_below(&world->draw, 4)];
	return answer;
}

static struct sim_answer
begin_request(void *arg, uint64_t number, const struct http_request *request)
{
	struct world *world = arg;
	struct sim_answer answer = draw_answer(world);
	static const int duplicates[] = { 400, 409, 422 };
	struct flight *flight;
	unsigned int i, slot = 0;

	while (world->numbers[slot] != 0)
		check(world, ++slot < WINDOW_SLOTS);
	world->numbers[slot] = number + 1;
	flight = &world->flights[slot];
	memset(flight, 0, sizeof(*flight));
	read_request(world, request, flight);
	check(world, flight->len > 0);
	for (i = 0; i < flight->len; i++)
		world->lines[flight->parts[i].line].flying = true;
	if (answer.outcome == HTTP_ANSWERED && answer.status < 300) {
		if (flight->samples > world->largest)
			answer.status = 413;
		else if (flight->bad)
			answer.status = 400;
		else if (flight->known && world->strict)
			answer.status = duplicates[number % 3];
	}
	flight->status = answer.outcome == HTTP_ANSWERED ? answer.status : 0;
	/* What broke off or timed out has been taken, if it could be. */
	flight->arrives = (flight->status > 0 && flight->status < 300) ||
	    ((answer.outcome == HTTP_TIMED_OUT ||
		 answer.outcome == HTTP_BROKEN) &&
		!flight->bad && flight->samples <= world->largest);
	check(world, sim_flying(world->sim) <= world->remote.queue.max_shards);
	return answer;
}

/* The samples of ${part} have an answer. */
static void
end_part(
    struct world *world, const struct flight *flight, const struct part *part)
{
	struct line *line = &world->lines[part->line];
	uint64_t value, end = part->first + part->len;

	for (value = part->first; value < end; value++) {
		if (flight->arrives)
			line->states[value] |= ARRIVED;
		if (flight->status == 400 || flight->status == 409 ||
		    flight->status == 422)
			line->states[value] |= REFUSED;
		if (flight->status == 0 || flight->status >= 300)
			continue;
		check(world, (line->states[value] & (BAD | ACCEPTED)) == 0);
		line->states[value] |= ACCEPTED;
		line->settled = value + 1;
		world->accepted++;
	}
}

/* Whether the samples of ${line} before ${end} may be settled. */
static bool
is_settled(const struct line *line, uint64_t end)
{
	uint64_t value;

	for (value = line->settled; value < end; value++)
		if ((line->states[value] & (REFUSED | ACCEPTED)) == 0)
			return false;
	return true;
}

static void
end_request(void *arg, uint64_t number, const struct http_response *response)
{
	struct world *world = arg;
	struct flight *flight;
	struct line *line;
	unsigned int i, slot = 0;

	(void)response;
	while (world->numbers[slot] != number + 1)
		check(world, ++slot < WINDOW_SLOTS);
	world->numbers[slot] = 0;
	flight = &world->flights[slot];
	for (i = 0; i < flight->len; i++) {
		line = &world->lines[flight->parts[i].line];
		line->flying = false;
		end_part(world, flight, &flight->parts[i]);
	}
}

static void
check_position(struct world *world)
{
	const struct ranges *ranges = &world->cutter.ranges;
	unsigned int i;

	if (!ranges->moved)
		return;
	check(world, ranges->acknowledged.at.offset >= world->passed);
	check(world, ranges->acknowledged.at.offset <= world->taken);
	for (; world->passed < ranges->acknowledged.at.offset; world->passed++)
		for (i = 0; i < SERIES; i++)
			check(world,
			    is_settled(&world->lines[i],
				world->marks[world->passed].made[i]));
}

static void
configure(struct world *world)
{
	static char url[] = "http://receiver/write", name[] = "receiver";
	static char key[] = "Authorization";
	static struct config_header header = { key, name };
	struct draw *draw = &world->draw;

	world->remote = (struct config_remote){
		.url = url,
		.shown_url = url,
		.name = name,
		.remote_timeout = TIMEOUT,
		.hold = { .statuses = { 401, 403 }, .len = 2 },
		.headers = &header,
		.headers_len = 1, /* So that 401 is held. */
		.queue = {
			.max_shards = 1 + draw_below(draw, 12),
			.max_samples_per_send = 1 + draw_below(draw, 15),
			.batch_send_deadline = 1 + draw_below(draw, CLOCK_SEC),
			.min_backoff = 1 + draw_below(draw, 30000),
			.max_backoff = 30000 + draw_below(draw, CLOCK_SEC),
			.retry_on_http_429 = true,
		},
	};
	world->failing = draw_below(draw, 8);
	world->refuses = draw_below(draw, 4) == 0;
	world->remote.bisect_refused = draw_below(draw, 2) == 0;
	world->strict = draw_below(draw, 2) == 0;
	world->largest = 1 + draw_below(draw, 30);
	if (draw_below(draw, 4) == 0)
		world->remote.max_bytes_per_send = 64 + draw_below(draw, 200);
}

static void
assemble(struct world *world)
{
	unsigned int i;

	world->sim = sim_new(
	    &(struct sim_receiver){ begin_request, end_request, world });
	world->external = series_labels("host=h1");
	world->finals = finals_new(world->external.labels, 1);
	for (i = 0; i < SERIES; i++) {
		world->lines[i].refs[0] = take_final(world, i, 0);
		world->lines[i].refs[1] = take_final(world, i, 1);
	}
	world->stats = stats_new();
	assert_int_equal(
	    meters_init(&world->meters, world->stats, "receiver", "url"), 0);
	window_init(&world->window);
	cutter_init(&world->cutter,
	    &(struct cutter_options){
		.window = &world->window,
		.finals = world->finals,
		.entries_max = world->remote.queue.max_samples_per_send,
		.grouped_max = world->remote.queue.max_samples_per_send,
		.patience = world->remote.queue.batch_send_deadline,
	    });
	world->sender = sender_new(&(struct sender_options){
	    .clock = sim_clock(world->sim),
	    .http = sim_http(world->sim),
	    .window = &world->window,
	    .remote = &world->remote,
	    .meters = &world->meters,
	    .catchup = &world->catchup,
	    .launch = launch,
	    .settled = settled,
	    .arg = world,
	});
	world->timer = timer_new(sim_clock(world->sim), take_turn, world);
	timer_set(world->timer, 0);
}

static void
dismantle(struct world *world)
{
	timer_free(world->timer);
	sender_free(world->sender);
	cutter_release(&world->cutter);
	window_release(&world->window);
	meters_release(&world->meters);
	stats_free(world->stats);
	finals_free(world->finals);
	sim_free(world->sim);
}

/* The receiver has all that is not bad, or dropped with what is. */
static void
check_line(struct world *world, const struct line *line)
{
	uint64_t value;

	for (value = 0; value < line->made; value++) {
		if ((line->states[value] & (ARRIVED | BAD)) != 0)
			continue;
		check(world, !world->remote.bisect_refused);
		check(world, (line->states[value] & REFUSED) != 0);
	}
}

/* All of it is over: was it all of it? */
static void
check_end(struct world *world)
{
	double failed = stat_value(world->meters.kinds[KEPT_SAMPLE].failed);
	uint64_t made = 0;
	unsigned int i;

	check(world, world->taken == RECORDS);
	check(world, world->window.used == 0 && world->window.flying == 0);
	check(world, world->passed == RECORDS);
	for (i = 0; i < SERIES; i++) {
		check(
		    world, is_settled(&world->lines[i], world->lines[i].made));
		check_line(world, &world->lines[i]);
		made += world->lines[i].made;
	}
	check(world, (double)world->accepted + failed == (double)made);
	check(world, failed >= world->bad);
	if (world->remote.bisect_refused && !world->strict)
		check(world, failed == world->bad);
}

static void
run(uint64_t seed)
{
	static struct world world;
	unsigned int events = 0;

	memset(&world, 0, sizeof(world));
	world.draw = draw_from(seed);
	configure(&world);
	assemble(&world);
	while (sim_step(world.sim)) {
		check_position(&world);
		check(&world, ++events < EVENTS_MAX);
	}
	check_end(&world);
	dismantle(&world);
}

static void
each_series_keeps_its_order_and_nothing_is_lost(void **state)
{
	uint64_t count = SEEDS, first = draw_first(&count), i;

	(void)state;
	log_init(LOG_ERROR, LOG_LOGFMT);
	for (i = 0; i < count; i++)
		run(first + i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_series_keeps_its_order_and_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
