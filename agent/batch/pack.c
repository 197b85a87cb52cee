/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/batch/pack.h"
#include "agent/series/remote.pb-c.h"

static double
as_double(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* The bytes of ${text}; protobuf-c has no const, and writes nothing. */
static ProtobufCBinaryData
as_bytes(struct wal_text text)
{
	ProtobufCBinaryData bytes;

	memcpy(&bytes.data, &text.data, sizeof(bytes.data));
	bytes.len = text.len;
	return bytes;
}

/* Append the fields of ${series}, which has no labels. */
static void
put(struct buf *out, const Remote__TimeSeries *series)
{
	size_t len = remote__time_series__get_packed_size(series);
	uint8_t *to = buf_reserve(out, len);

	if (to != NULL)
		out->len += remote__time_series__pack(series, to);
}

void
pack_exemplar(struct buf *out, const struct wal_exemplar *exemplar,
    const struct wal_label *labels)
{
	Remote__TimeSeries series = REMOTE__TIME_SERIES__INIT;
	Remote__Exemplar message = REMOTE__EXEMPLAR__INIT;
	Remote__Exemplar *messages[] = { &message };
	size_t i, len = exemplar->count;
	Remote__Label *each, **pointers;

	each = calloc(len + 1, sizeof(*each));
	pointers = calloc(len + 1, sizeof(*pointers));
	if (each == NULL || pointers == NULL) {
		out->bad = true;
	} else {
		for (i = 0; i < len; i++) {
			remote__label__init(&each[i]);
			each[i].name = as_bytes(labels[i].name);
			each[i].value = as_bytes(labels[i].value);
			pointers[i] = &each[i];
		}
		message.n_labels = len;
		message.labels = pointers;
		message.value = as_double(exemplar->value);
		message.timestamp = exemplar->time;
		series.n_exemplars = 1;
		series.exemplars = messages;
		put(out, &series);
	}
	free(each);
	free(pointers);
}

/* One side of a histogram as messages, in memory of its own. */
struct side {
	Remote__BucketSpan *spans, **pointers;
	size_t spans_len;
	void *numbers; /* int64_t differences, or doubles. */
	size_t numbers_len;
};

static void
side_release(struct side *side)
{
	free(side->spans);
	free(side->pointers);
	free(side->numbers);
}

/* Return -1, to be released all the same, if there is no memory. */
static int
side_init(struct side *side, const struct wal_histogram_list *list,
    struct wal_slice spans, struct wal_slice numbers)
{
	size_t i;

	side->spans_len = spans.len;
	side->numbers_len = numbers.len;
	side->spans = calloc(spans.len + 1, sizeof(*side->spans));
	side->pointers = calloc(spans.len + 1, sizeof(*side->pointers));
	side->numbers = calloc(numbers.len + 1, sizeof(uint64_t));
	if (side->spans == NULL || side->pointers == NULL ||
	    side->numbers == NULL)
		return -1;
	for (i = 0; i < spans.len; i++) {
		remote__bucket_span__init(&side->spans[i]);
		side->spans[i].offset = list->spans[spans.first + i].offset;
		side->spans[i].length = list->spans[spans.first + i].len;
		side->pointers[i] = &side->spans[i];
	}
	if (numbers.len > 0)
		memcpy(side->numbers, list->numbers + numbers.first,
		    numbers.len * sizeof(uint64_t));
	return 0;
}

static void
set_counts(Remote__Histogram *message, const struct wal_histogram *histogram,
    const struct side *positive, const struct side *negative)
{
	if (histogram->is_float) {
		message->count_case = REMOTE__HISTOGRAM__COUNT_COUNT_FLOAT;
		message->count_float = as_double(histogram->count);
		message->zero_count_case =
		    REMOTE__HISTOGRAM__ZERO_COUNT_ZERO_COUNT_FLOAT;
		message->zero_count_float = as_double(histogram->zero_count);
		message->n_positive_counts = positive->numbers_len;
		message->positive_counts = positive->numbers;
		message->n_negative_counts = negative->numbers_len;
		message->negative_counts = negative->numbers;
		return;
	}
	message->count_case = REMOTE__HISTOGRAM__COUNT_COUNT_INT;
	message->count_int = histogram->count;
	message->zero_count_case = REMOTE__HISTOGRAM__ZERO_COUNT_ZERO_COUNT_INT;
	message->zero_count_int = histogram->zero_count;
	message->n_positive_deltas = positive->numbers_len;
	message->positive_deltas = positive->numbers;
	message->n_negative_deltas = negative->numbers_len;
	message->negative_deltas = negative->numbers;
}

void
pack_histogram(struct buf *out, const struct wal_histogram_list *list,
    const struct wal_histogram *histogram)
{
	Remote__TimeSeries series = REMOTE__TIME_SERIES__INIT;
	Remote__Histogram message = REMOTE__HISTOGRAM__INIT;
	Remote__Histogram *messages[] = { &message };
	struct side positive = { 0 }, negative = { 0 };

	if (side_init(&positive, list, histogram->positive_spans,
		histogram->positive_buckets) != 0 ||
	    side_init(&negative, list, histogram->negative_spans,
		histogram->negative_buckets) != 0) {
		out->bad = true;
	} else {
		set_counts(&message, histogram, &positive, &negative);
		message.sum = as_double(histogram->sum);
		message.schema = histogram->schema;
		message.zero_threshold = as_double(histogram->zero_threshold);
		message.n_positive_spans = positive.spans_len;
		message.positive_spans = positive.pointers;
		message.n_negative_spans = negative.spans_len;
		message.negative_spans = negative.pointers;
		message.reset_hint = histogram->hint;
		message.timestamp = histogram->time;
		series.n_histograms = 1;
		series.histograms = messages;
		put(out, &series);
	}
	side_release(&positive);
	side_release(&negative);
}

void
pack_metadata(struct buf *out, const struct family *family)
{
	Remote__WriteRequest request = REMOTE__WRITE_REQUEST__INIT;
	Remote__MetricMetadata message = REMOTE__METRIC_METADATA__INIT;
	Remote__MetricMetadata *messages[] = { &message };
	uint8_t *to;

	message.type = (int32_t)family->type;
	message.metric_family_name = as_bytes(family->name);
	message.help = as_bytes(family->help);
	message.unit = as_bytes(family->unit);
	request.n_metadata = 1;
	request.metadata = messages;
	to = buf_reserve(out, remote__write_request__get_packed_size(&request));
	if (to != NULL)
		out->len += remote__write_request__pack(&request, to);
}
