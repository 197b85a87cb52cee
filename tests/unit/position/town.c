/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "agent/base/log.h"
#include "tests/unit/position/town.h"

void
town_open(struct town *town)
{
	town->places = places_open(
	    sim_clock(town->sim), &town->lazy.worker, town->scratch.data);
}

int
town_set_up(void **state)
{
	struct town *town = calloc(1, sizeof(*town));

	if (town == NULL)
		return -1;
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	scratch_open(&town->scratch);
	lazy_init(&town->lazy);
	town->sim = sim_new(&(struct sim_receiver){ 0 });
	town_open(town);
	*state = town;
	return town->places == NULL ? -1 : 0;
}

void
town_close(struct town *town)
{
	places_free(town->places);
	lazy_work(&town->lazy);
	town->places = NULL;
}

int
town_tear_down(void **state)
{
	struct town *town = *state;

	town_close(town);
	sim_free(town->sim);
	scratch_close(&town->scratch);
	free(town);
	return 0;
}

void
town_live_again(struct town *town)
{
	town_close(town);
	town_open(town);
	assert_non_null(town->places);
}

void
town_claim(struct town *town, const char *key, const char *url)
{
	assert_true(town->len < TOWN_CLAIMS_MAX);
	town->claims[town->len++] = (struct place_claim){
		.key = key,
		.url = url,
	};
}

void
town_assign(struct town *town)
{
	assert_int_equal(
	    places_assign(town->places, town->claims, town->len), 0);
	town->len = 0;
}
