/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/send/world.h"
#include "tests/unit/series/body.h"

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
	flight->bad |= (line->states[value] & LINE_BAD) != 0;
	flight->known |= (line->states[value] & LINE_ARRIVED) != 0;
	if (part == NULL) {
		world_check(world, !line->flying);
		world_check(world, value >= line->settled);
		/* What is left out has been refused. */
		for (; line->settled < value; line->settled++)
			world_check(
			    world, line->states[line->settled] & LINE_REFUSED);
		part = &flight->parts[flight->len++];
		*part = (struct part){ number, value, 0 };
	}
	world_check(world, value == part->first + part->len);
	part->len++;
}

/* Note the samples of ${series}; only a group's are several. */
static void
note_series(struct world *world, struct flight *flight,
    const Remote__TimeSeries *series)
{
	size_t i;

	world_check(world, series->n_labels == 2);
	world_check(world, series->n_samples > 0);
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
	world_check(world,
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
			answer.latency = 2 * WORLD_TIMEOUT;
		return answer;
	}
	answer.status = bad[draw_below(&world->draw, 5)];
	answer.retry_after = waits[draw_below(&world->draw, 4)];
	return answer;
}

struct sim_answer
world_begin(void *arg, uint64_t number, const struct http_request *request)
{
	struct world *world = arg;
	struct sim_answer answer = draw_answer(world);
	static const int duplicates[] = { 400, 409, 422 };
	struct flight *flight;
	unsigned int i, slot = 0;

	while (world->numbers[slot] != 0)
		world_check(world, ++slot < WINDOW_SLOTS);
	world->numbers[slot] = number + 1;
	flight = &world->flights[slot];
	memset(flight, 0, sizeof(*flight));
	read_request(world, request, flight);
	world_check(world, flight->len > 0);
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
	world_check(
	    world, sim_flying(world->sim) <= world->remote.queue.max_shards);
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
			line->states[value] |= LINE_ARRIVED;
		if (flight->status == 400 || flight->status == 409 ||
		    flight->status == 422)
			line->states[value] |= LINE_REFUSED;
		if (flight->status == 0 || flight->status >= 300)
			continue;
		world_check(world,
		    (line->states[value] & (LINE_BAD | LINE_ACCEPTED)) == 0);
		line->states[value] |= LINE_ACCEPTED;
		line->settled = value + 1;
		world->accepted++;
	}
}

bool
line_is_settled(const struct line *line, uint64_t end)
{
	uint64_t value;

	for (value = line->settled; value < end; value++)
		if ((line->states[value] & (LINE_REFUSED | LINE_ACCEPTED)) == 0)
			return false;
	return true;
}

void
world_end(void *arg, uint64_t number, const struct http_response *response)
{
	struct world *world = arg;
	struct flight *flight;
	struct line *line;
	unsigned int i, slot = 0;

	(void)response;
	while (world->numbers[slot] != number + 1)
		world_check(world, ++slot < WINDOW_SLOTS);
	world->numbers[slot] = 0;
	flight = &world->flights[slot];
	for (i = 0; i < flight->len; i++) {
		line = &world->lines[flight->parts[i].line];
		line->flying = false;
		end_part(world, flight, &flight->parts[i]);
	}
}
