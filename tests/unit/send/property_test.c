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
#include "tests/unit/send/world.h"

#define SEEDS 400u
#define EVENTS_MAX 200000u

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
	unsigned int i, few = 1 + draw_below(&world->draw, WORLD_SERIES);
	struct line *line;

	*record = (struct kept_record){
		.kept = world->kept,
		.len = draw_below(&world->draw, 4) == 0
		    ? draw_below(&world->draw, WORLD_RECORD_MAX + 1)
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
			line->states[line->made] = LINE_BAD;
			world->bad++;
		}
		line->made++;
		record->plain +=
		    world->kept[i].final->packed_len + ENCODE_SAMPLE_ROOM;
	}
	for (i = 0; i < WORLD_SERIES; i++)
		world->marks[world->taken].made[i] = world->lines[i].made;
	world->pending = true;
	if (draw_below(&world->draw, 30) == 0)
		world->cutter.behind = !world->cutter.behind;
}

/* Take records while the window has room, and now and then wait for more. */
static uint64_t
feed(struct world *world, uint64_t now)
{
	while (world->taken < WORLD_RECORDS) {
		if (!world->pending) {
			if (draw_below(&world->draw, 20) == 0)
				redefine(world,
				    &world->lines[draw_below(
					&world->draw, WORLD_SERIES)]);
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

	if (now >= cutter_deadline(&world->cutter) ||
	    world->taken == WORLD_RECORDS)
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

	world_check(world, range->launched);
}

static void
settled(void *arg, struct range *range)
{
	struct world *world = arg;

	cutter_settled(&world->cutter, range);
	timer_set(world->timer, 0);
}

static void
check_position(struct world *world)
{
	const struct ranges *ranges = &world->cutter.ranges;
	unsigned int i;

	if (!ranges->moved)
		return;
	world_check(world, ranges->acknowledged.at.offset >= world->passed);
	world_check(world, ranges->acknowledged.at.offset <= world->taken);
	for (; world->passed < ranges->acknowledged.at.offset; world->passed++)
		for (i = 0; i < WORLD_SERIES; i++)
			world_check(world,
			    line_is_settled(&world->lines[i],
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
		.remote_timeout = WORLD_TIMEOUT,
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

	world->sim =
	    sim_new(&(struct sim_receiver){ world_begin, world_end, world });
	world->external = series_labels("host=h1");
	world->finals = finals_new(world->external.labels, 1);
	for (i = 0; i < WORLD_SERIES; i++) {
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
		if ((line->states[value] & (LINE_ARRIVED | LINE_BAD)) != 0)
			continue;
		world_check(world, !world->remote.bisect_refused);
		world_check(world, (line->states[value] & LINE_REFUSED) != 0);
	}
}

/* All of it is over: was it all of it? */
static void
check_end(struct world *world)
{
	double failed = stat_value(world->meters.kinds[KEPT_SAMPLE].failed);
	uint64_t made = 0;
	unsigned int i;

	world_check(world, world->taken == WORLD_RECORDS);
	world_check(
	    world, world->window.used == 0 && world->window.flying == 0);
	world_check(world, world->passed == WORLD_RECORDS);
	for (i = 0; i < WORLD_SERIES; i++) {
		world_check(world,
		    line_is_settled(&world->lines[i], world->lines[i].made));
		check_line(world, &world->lines[i]);
		made += world->lines[i].made;
	}
	world_check(world, (double)world->accepted + failed == (double)made);
	world_check(world, failed >= world->bad);
	if (world->remote.bisect_refused && !world->strict)
		world_check(world, failed == world->bad);
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
		world_check(&world, ++events < EVENTS_MAX);
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
