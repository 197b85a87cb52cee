/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "agent/base/clock.h"
#include "tests/unit/batch/cutting.h"
#include "tests/unit/series/body.h"
#include "tests/unit/series/series.h"

struct cutting *
cutting_new(void)
{
	struct cutting *f = calloc(1, sizeof(*f));
	unsigned int i;
	char text[16];

	assert_non_null(f);
	f->finals = finals_new(NULL, 0);
	for (i = 0; i < CUTTING_SERIES; i++) {
		(void)snprintf(text, sizeof(text), "s=%u", i);
		f->series[i] = series_take(f->finals, text);
	}
	window_init(&f->window);
	cutter_init(&f->cutter,
	    &(struct cutter_options){
		.window = &f->window,
		.finals = f->finals,
		.entries_max = 10,
		.grouped_max = CUTTING_GROUPED_MAX,
		.patience = CUTTING_PATIENCE,
	    });
	return f;
}

void
cutting_free(struct cutting *f)
{
	cutter_release(&f->cutter);
	window_release(&f->window);
	finals_free(f->finals);
	free(f);
}

struct kept_record
cutting_record_of(struct cutting *f, unsigned int first, unsigned int len)
{
	struct kept_record record = {
		.kept = f->kept,
		.len = len,
		.end.at = { .segment = 1, .offset = ++f->records },
		.stored = 10,
	};
	int64_t time = 1000 * (int64_t)f->records;
	unsigned int i;

	record.newest = len > 0 ? time + (int64_t)len - 1 : INT64_MIN;
	for (i = 0; i < len; i++) {
		f->kept[i] = (struct kept){
			.final = f->series[first + i],
			.time = time + (int64_t)i,
			.value = first + i,
		};
		record.plain +=
		    f->kept[i].final->packed_len + ENCODE_SAMPLE_ROOM;
	}
	return record;
}

void
cutting_give(struct cutting *f, unsigned int first, unsigned int len)
{
	struct kept_record record = cutting_record_of(f, first, len);

	assert_int_equal(cutter_take(&f->cutter, &record, 0), CUT_TAKEN);
}

struct batch *
cutting_expect(struct cutting *f, unsigned int first, unsigned int len)
{
	uint64_t wake = CLOCK_NEVER;
	struct batch *batch = window_next(&f->window, 0, &wake);
	Remote__WriteRequest *message;
	unsigned int i;

	assert_non_null(batch);
	message = body_unpack(batch->body, batch->body_len);
	assert_int_equal(batch->samples, len);
	assert_int_equal(message->n_timeseries, len);
	for (i = 0; i < len; i++) {
		assert_int_equal(
		    body_number(message->timeseries[i]), first + i);
		assert_int_equal(body_bits(message->timeseries[i]), first + i);
	}
	remote__write_request__free_unpacked(message, NULL);
	window_fly(&f->window, batch, 0);
	return batch;
}

void
cutting_settle(struct cutting *f, struct batch *batch)
{
	struct range *range = batch->range;

	window_settle(&f->window, batch);
	cutter_settled(&f->cutter, range);
}

void
cutting_drop(struct cutting *f, unsigned int i)
{
	finals_release(f->finals, f->series[i]);
}

bool
cutting_none(struct cutting *f)
{
	uint64_t wake = CLOCK_NEVER;

	return window_next(&f->window, 0, &wake) == NULL;
}

uint64_t
cutting_position(const struct cutting *f)
{
	const struct ranges *ranges = &f->cutter.ranges;

	if (!ranges->moved)
		return 0;
	assert_int_equal(ranges->acknowledged.at.segment, 1);
	return ranges->acknowledged.at.offset;
}
