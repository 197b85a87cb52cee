/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wal/coarsen.h"

/* One side of a histogram, rewritten from its front: never further than read. */
struct side {
	struct wal_span *spans;
	uint64_t *numbers;
	size_t spans_len, numbers_len; /* Rewritten so far. */
	int64_t last;     /* Index of the last coarse bucket; none at first. */
	int64_t previous; /* Count in the coarse bucket before the last. */
	int64_t count;    /* Count in the last coarse bucket. */
};

static double
as_double(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint64_t
as_bits(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* Whether the buckets are as many as the spans say. */
static bool
matches(const struct wal_span *spans, size_t spans_len, size_t buckets)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < spans_len; i++)
		sum += spans[i].len;
	return sum == buckets;
}

/* Begin the coarse bucket ${index}, which follows all others. */
static void
begin_bucket(struct side *side, int64_t index)
{
	int64_t gap = side->spans_len == 0 ? index : index - side->last - 1;
	struct wal_span *span;

	if (side->spans_len > 0 && gap == 0) {
		side->spans[side->spans_len - 1].len++;
	} else {
		span = &side->spans[side->spans_len++];
		span->offset = (int32_t)gap;
		span->len = 1;
	}
	side->last = index;
	side->previous = side->count;
	side->count = 0;
	side->numbers[side->numbers_len++] = 0;
}

/* Add a fine bucket to the coarse one ${index}. */
static void
add_bucket(struct side *side, int64_t index, uint64_t number, bool is_float)
{
	uint64_t *to;

	if (side->spans_len == 0 || index != side->last)
		begin_bucket(side, index);
	to = &side->numbers[side->numbers_len - 1];
	if (is_float) {
		*to = as_bits(as_double(*to) + as_double(number));
		return;
	}
	side->count = (int64_t)((uint64_t)side->count + number);
	*to = (uint64_t)side->count - (uint64_t)side->previous;
}

/* Make one side coarser by ${steps} halvings. */
static bool
coarsen_side(struct wal_histogram_list *list, struct wal_slice *spans,
    struct wal_slice *numbers, int steps, bool is_float)
{
	const struct wal_span *span = list->spans + spans->first;
	const struct wal_span *end = span + spans->len;
	const uint64_t *number = list->numbers + numbers->first;
	struct side side = { .spans = list->spans + spans->first,
		.numbers = list->numbers + numbers->first };
	uint64_t count = 0;
	int64_t index = 0;
	uint32_t i, len;

	if (!matches(span, spans->len, numbers->len))
		return false;
	for (; span < end; span++) {
		index += span->offset;
		len = span->len; /* The span may be rewritten below. */
		for (i = 0; i < len; i++, index++, number++) {
			count = is_float ? *number : count + *number;
			add_bucket(
			    &side, ((index - 1) >> steps) + 1, count, is_float);
		}
	}
	spans->len = side.spans_len;
	numbers->len = side.numbers_len;
	return true;
}

bool
wal_coarsen(struct wal_histogram_list *list, struct wal_histogram *histogram,
    int32_t schema)
{
	int steps = histogram->schema - schema;

	if (!coarsen_side(list, &histogram->positive_spans,
		&histogram->positive_buckets, steps, histogram->is_float) ||
	    !coarsen_side(list, &histogram->negative_spans,
		&histogram->negative_buckets, steps, histogram->is_float))
		return false;
	histogram->schema = schema;
	return true;
}
