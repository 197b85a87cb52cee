/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/intake/remembering.h"

static int
learn(
    void *arg, uint64_t ref, uint64_t met, struct wal_label *labels, size_t len)
{
	struct remembering *f = arg;

	return refmap_learn(f->keeping.map, ref, met, labels, len) ==
		FINAL_NOMEM
	    ? -1
	    : 0;
}

void
remembering_begin(struct remembering *f)
{
	memory_free(f->memory);
	if (f->keeping.map != NULL)
		keeping_end(&f->keeping);
	keeping_begin(&f->keeping);
	families_clear(f->families);
	f->memory = memory_new(&(struct memory_options){
	    .clock = sim_clock(f->sim),
	    .place = f->place,
	    .refs = f->keeping.map,
	    .families = f->families,
	    .meters = &f->meters,
	    .learn = learn,
	    .arg = f,
	});
	assert_non_null(f->memory);
}

int
remembering_set_up(void **state)
{
	struct remembering *f = calloc(1, sizeof(*f));
	char path[128];

	assert_non_null(f);
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	scratch_open(&f->scratch);
	f->sim = sim_new(&(struct sim_receiver){ 0 });
	lazy_init(&f->lazy);
	f->stats = stats_new();
	f->families = families_new();
	assert_int_equal(meters_init(&f->meters, f->stats, "r", "url"), 0);
	(void)snprintf(path, sizeof(path), "%s/place", f->scratch.data);
	assert_int_equal(
	    place_new(sim_clock(f->sim), &f->lazy.worker, path, &f->place),
	    PLACE_OK);
	assert_true(asprintf(&f->place->series, "%s.series", path) > 0);
	(void)snprintf(f->place->position.key, POSITION_TEXT_MAX, "key");
	f->place->position.begun = true;
	f->read = (struct wal_mark){ .at = { .segment = 7, .offset = 90 } };
	f->acknowledged =
	    (struct wal_mark){ .at = { .segment = 6, .offset = 50 } };
	f->place->position.mark = f->acknowledged;
	remembering_begin(f);
	*state = f;
	return 0;
}

int
remembering_tear_down(void **state)
{
	struct remembering *f = *state;

	memory_free(f->memory);
	lazy_work(&f->lazy);
	keeping_end(&f->keeping);
	families_free(f->families);
	place_free(f->place);
	meters_release(&f->meters);
	stats_free(f->stats);
	sim_free(f->sim);
	scratch_close(&f->scratch);
	free(f);
	return 0;
}

bool
remembering_keep(struct remembering *f, bool last)
{
	return memory_keep(f->memory, &f->read, &f->acknowledged, last);
}

void
remembering_keep_some(struct remembering *f)
{
	keeping_learn(&f->keeping, 1, REMEMBERING_REFS);
	assert_true(remembering_keep(f, false));
	lazy_work(&f->lazy);
	assert_false(memory_keeping(f->memory));
}

/* Recall what there is, to the end. */
static enum memory_result
recall(struct remembering *f, struct wal_mark *ret)
{
	enum memory_result result;
	uint64_t count;

	assert_true(memory_recalling(f->memory, &count));
	do
		result = memory_recall(f->memory, ret);
	while (result == MEMORY_MORE || result == MEMORY_WAIT);
	assert_false(memory_recalling(f->memory, &count));
	memory_measure(f->memory);
	return result;
}

void
remembering_expect_known(struct remembering *f)
{
	struct wal_mark mark;

	remembering_begin(f);
	assert_int_equal(recall(f, &mark), MEMORY_KNOWN);
	assert_memory_equal(&mark, &f->read, sizeof(mark));
	assert_int_equal(refmap_count(f->keeping.map), REMEMBERING_REFS);
	assert_true(
	    stat_value(f->meters.snapshot_recalled) == REMEMBERING_REFS);
}

void
remembering_expect_none(struct remembering *f)
{
	struct wal_mark mark;

	remembering_begin(f);
	assert_int_equal(recall(f, &mark), MEMORY_NONE);
	assert_int_equal(refmap_count(f->keeping.map), 0);
	assert_true(stat_value(f->meters.snapshot_recalled) < 1);
}
