/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/lines.h"
#include "agent/series/table.h"
#include "wal/record.h"

/* What a ref stands for: its labels, as they are in the record, and sorted. */
struct known {
	struct table_entry in_table;
	uint64_t ref;
	size_t size; /* Bytes, of all this. */
	size_t count;
	struct wal_label labels[]; /* Their text comes after them. */
};

struct lines {
	struct ndjson *out;
	struct table known; /* Of struct known. */
	uint64_t seed;
	uint64_t segment;
	bool checkpoint;

	struct wal_series_list series;
	struct wal_sample_list samples;
	struct wal_exemplar_list exemplars;
	struct wal_metadata_list metadata;
	struct wal_tombstone_list tombstones;
	struct wal_mmap_marker_list markers;
	struct wal_histogram_list histograms;
};

struct lines *
lines_new(struct ndjson *out)
{
	struct lines *lines;

	if ((lines = calloc(1, sizeof(*lines))) == NULL)
		return NULL;
	lines->out = out;
	lines->seed = hash_seed();
	return lines;
}

void
lines_forget(struct lines *lines)
{
	table_release(&lines->known);
}

void
lines_free(struct lines *lines)
{
	if (lines == NULL)
		return;
	lines_forget(lines);
	wal_series_list_release(&lines->series);
	wal_sample_list_release(&lines->samples);
	wal_exemplar_list_release(&lines->exemplars);
	wal_metadata_list_release(&lines->metadata);
	wal_tombstone_list_release(&lines->tombstones);
	wal_mmap_marker_list_release(&lines->markers);
	wal_histogram_list_release(&lines->histograms);
	free(lines);
}

static bool
alike(const void *entry, const void *key)
{
	const struct known *known = entry;
	const uint64_t *ref = key;

	return known->ref == *ref;
}

/* What stands for ${ref}, or NULL. */
static const struct known *
find(const struct lines *lines, uint64_t ref)
{
	return table_get(
	    &lines->known, hash_number(lines->seed, ref), alike, &ref);
}

/* No longer know what ${ref} stands for. */
static void
forget(struct lines *lines, uint64_t ref)
{
	uint32_t number = table_find(
	    &lines->known, hash_number(lines->seed, ref), alike, &ref);
	struct known *known;

	if (number == SLAB_NONE)
		return;
	known = table_at(&lines->known, number);
	table_drop(&lines->known, number, known->size);
}

/* By name; labels of one name stay in their order. */
static int
compare(const void *va, const void *vb)
{
	const struct wal_label *a = va, *b = vb;
	size_t len = a->name.len < b->name.len ? a->name.len : b->name.len;
	int order = memcmp(a->name.data, b->name.data, len);

	if (order != 0)
		return order;
	if (a->name.len != b->name.len)
		return a->name.len < b->name.len ? -1 : 1;
	return (a->name.data > b->name.data) - (a->name.data < b->name.data);
}

/* Append a copy of ${text} at ${at}, and return where the next one goes. */
static char *
copy_text(struct wal_text *to, struct wal_text from, char *at)
{
	memcpy(at, from.data, from.len);
	*to = (struct wal_text){ at, from.len };
	return at + from.len;
}

/* Remember what a ref stands for. */
static enum wal_status
learn(struct lines *lines, const struct wal_series *series)
{
	const struct wal_label *labels =
	    lines->series.pool.labels + series->first;
	size_t i, size = sizeof(struct known) + series->count * sizeof(*labels);
	struct known *known;
	uint32_t number;
	char *at;

	for (i = 0; i < series->count; i++)
		size += labels[i].name.len + labels[i].value.len;
	forget(lines, series->ref);
	number = table_put(
	    &lines->known, hash_number(lines->seed, series->ref), size);
	if (number == SLAB_NONE)
		return WAL_NOMEM;
	known = table_at(&lines->known, number);
	known->size = size;
	known->ref = series->ref;
	known->count = series->count;
	at = (char *)(known->labels + series->count);
	for (i = 0; i < series->count; i++) {
		at = copy_text(&known->labels[i].name, labels[i].name, at);
		at = copy_text(&known->labels[i].value, labels[i].value, at);
	}
	qsort(known->labels, known->count, sizeof(*labels), compare);
	return WAL_OK;
}

static void
put_labels(struct ndjson *out, const struct wal_label *labels, size_t count)
{
	size_t i;

	ndjson_raw(out, "{", 1);
	for (i = 0; i < count; i++) {
		if (i > 0)
			ndjson_raw(out, ",", 1);
		ndjson_text(out, labels[i].name);
		ndjson_raw(out, ":", 1);
		ndjson_text(out, labels[i].value);
	}
	ndjson_raw(out, "}", 1);
}

/* Begin a line of ${kind} about ${ref}. */
static void
begin(struct lines *lines, const char *kind, uint64_t ref)
{
	const struct known *known = find(lines, ref);
	struct ndjson *out = lines->out;

	ndjson_word(out, "{\"k\":\"");
	ndjson_word(out, kind);
	ndjson_word(out, "\",\"seg\":");
	ndjson_uint(out, lines->segment);
	ndjson_word(out, lines->checkpoint ? ",\"cp\":true" : "");
	ndjson_word(out, ",\"ref\":");
	ndjson_uint(out, ref);
	ndjson_word(out, ",\"labels\":");
	if (known != NULL)
		put_labels(out, known->labels, known->count);
	else
		ndjson_word(out, "null");
}

static void
put_int(struct ndjson *out, const char *key, int64_t value)
{
	ndjson_word(out, key);
	ndjson_int(out, value);
}

static void
put_bits(struct ndjson *out, const char *key, uint64_t bits)
{
	ndjson_word(out, key);
	ndjson_bits(out, bits);
}

static void
end(struct lines *lines)
{
	ndjson_raw(lines->out, "}\n", 2);
}

static enum wal_status
write_series(struct lines *lines, const struct wal_entry *entry)
{
	enum wal_status st;
	size_t i;

	st = wal_decode_series(entry->data, entry->len, &lines->series);
	for (i = 0; st == WAL_OK && i < lines->series.len; i++) {
		if ((st = learn(lines, &lines->series.series[i])) != WAL_OK)
			break;
		begin(lines, "series", lines->series.series[i].ref);
		end(lines);
	}
	return st;
}

static enum wal_status
write_samples(struct lines *lines, const struct wal_entry *entry)
{
	const struct wal_sample *sample;
	enum wal_status st;
	size_t i;

	st = wal_decode_samples(entry->data, entry->len, &lines->samples);
	for (i = 0; st == WAL_OK && i < lines->samples.len; i++) {
		sample = &lines->samples.samples[i];
		begin(lines, "sample", sample->ref);
		put_int(lines->out, ",\"t\":", sample->time);
		put_bits(lines->out, ",\"v\":", sample->value);
		put_int(lines->out, ",\"st\":", sample->start);
		end(lines);
	}
	return st;
}

static enum wal_status
write_exemplars(struct lines *lines, const struct wal_entry *entry)
{
	const struct wal_exemplar_list *list = &lines->exemplars;
	const struct wal_exemplar *exemplar;
	struct wal_label *labels;
	enum wal_status st;
	size_t i;

	st = wal_decode_exemplars(entry->data, entry->len, &lines->exemplars);
	for (i = 0; st == WAL_OK && i < list->len; i++) {
		exemplar = &list->exemplars[i];
		labels = list->pool.labels + exemplar->first;
		qsort(labels, exemplar->count, sizeof(*labels), compare);
		begin(lines, "exemplar", exemplar->ref);
		put_int(lines->out, ",\"t\":", exemplar->time);
		put_bits(lines->out, ",\"v\":", exemplar->value);
		ndjson_word(lines->out, ",\"elabels\":");
		put_labels(lines->out, labels, exemplar->count);
		end(lines);
	}
	return st;
}

static enum wal_status
write_metadata(struct lines *lines, const struct wal_entry *entry)
{
	const struct wal_metadata *metadata;
	struct ndjson *out = lines->out;
	enum wal_status st;
	size_t i;

	st = wal_decode_metadata(entry->data, entry->len, &lines->metadata);
	for (i = 0; st == WAL_OK && i < lines->metadata.len; i++) {
		metadata = &lines->metadata.metadata[i];
		begin(lines, "meta", metadata->ref);
		put_int(out, ",\"type\":", metadata->type);
		ndjson_word(out, ",\"typename\":\"");
		ndjson_word(out, wal_metadata_type_name(metadata->type));
		ndjson_word(out, "\",\"unit\":");
		ndjson_text(out, metadata->unit);
		ndjson_word(out, ",\"help\":");
		ndjson_text(out, metadata->help);
		end(lines);
	}
	return st;
}

static enum wal_status
write_tombstones(struct lines *lines, const struct wal_entry *entry)
{
	const struct wal_tombstone *tombstone;
	enum wal_status st;
	size_t i;

	st = wal_decode_tombstones(entry->data, entry->len, &lines->tombstones);
	for (i = 0; st == WAL_OK && i < lines->tombstones.len; i++) {
		tombstone = &lines->tombstones.tombstones[i];
		begin(lines, "tomb", tombstone->ref);
		put_int(lines->out, ",\"iv\":[[", tombstone->first);
		put_int(lines->out, ",", tombstone->last);
		ndjson_word(lines->out, "]]");
		end(lines);
	}
	return st;
}

static enum wal_status
write_markers(struct lines *lines, const struct wal_entry *entry)
{
	const struct wal_mmap_marker *marker;
	enum wal_status st;
	size_t i;

	st = wal_decode_mmap_markers(entry->data, entry->len, &lines->markers);
	for (i = 0; st == WAL_OK && i < lines->markers.len; i++) {
		marker = &lines->markers.markers[i];
		begin(lines, "mmap", marker->ref);
		ndjson_word(lines->out, ",\"mmap\":");
		ndjson_uint(lines->out, marker->chunk);
		end(lines);
	}
	return st;
}

/* Write a count: an integer, or the bits of a double. */
static void
put_count(struct ndjson *out, const char *key, uint64_t count, bool is_float)
{
	ndjson_word(out, key);
	if (is_float)
		ndjson_bits(out, count);
	else
		ndjson_uint(out, count);
}

static void
put_spans(struct ndjson *out, const char *key, const struct wal_span *span,
    size_t len)
{
	size_t i;

	ndjson_word(out, key);
	for (i = 0; i < len; i++) {
		put_int(out, i > 0 ? ",[" : "[", span[i].offset);
		put_int(out, ",", span[i].len);
		ndjson_raw(out, "]", 1);
	}
	ndjson_raw(out, "]", 1);
}

static void
put_numbers(struct ndjson *out, const char *key, const uint64_t *number,
    size_t len, bool is_float)
{
	size_t i;

	ndjson_word(out, key);
	for (i = 0; i < len; i++) {
		if (i > 0)
			ndjson_raw(out, ",", 1);
		if (is_float)
			ndjson_bits(out, number[i]);
		else
			ndjson_int(out, (int64_t)number[i]);
	}
	ndjson_raw(out, "]", 1);
}

static void
put_histogram(struct lines *lines, const struct wal_histogram *h)
{
	const struct wal_span *spans = lines->histograms.spans;
	const uint64_t *numbers = lines->histograms.numbers;
	struct ndjson *out = lines->out;

	put_int(out, ",\"hist\":{\"crh\":", h->hint);
	put_int(out, ",\"schema\":", h->schema);
	put_bits(out, ",\"zt\":", h->zero_threshold);
	put_count(out, ",\"zc\":", h->zero_count, h->is_float);
	put_count(out, ",\"count\":", h->count, h->is_float);
	put_bits(out, ",\"sum\":", h->sum);
	put_spans(out, ",\"ps\":[", spans + h->positive_spans.first,
	    h->positive_spans.len);
	put_spans(out, ",\"ns\":[", spans + h->negative_spans.first,
	    h->negative_spans.len);
	put_numbers(out, ",\"pb\":[", numbers + h->positive_buckets.first,
	    h->positive_buckets.len, h->is_float);
	put_numbers(out, ",\"nb\":[", numbers + h->negative_buckets.first,
	    h->negative_buckets.len, h->is_float);
	put_numbers(out, ",\"cv\":[", numbers + h->custom_bounds.first,
	    h->custom_bounds.len, true);
	ndjson_raw(out, "}", 1);
}

static enum wal_status
write_histograms(struct lines *lines, const struct wal_entry *entry)
{
	const struct wal_histogram *histogram;
	enum wal_status st;
	size_t i;

	st = wal_decode_histograms(entry->data, entry->len, &lines->histograms);
	for (i = 0; st == WAL_OK && i < lines->histograms.len; i++) {
		histogram = &lines->histograms.histograms[i];
		begin(lines, histogram->is_float ? "fhist" : "hist",
		    histogram->ref);
		put_int(lines->out, ",\"t\":", histogram->time);
		put_int(lines->out, ",\"st\":", histogram->start);
		put_histogram(lines, histogram);
		end(lines);
	}
	return st;
}

enum wal_status
lines_write(struct lines *lines, const struct wal_entry *entry)
{
	lines->segment = entry->end.segment;
	lines->checkpoint = entry->checkpoint;
	switch (wal_type_kind(entry->type)) {
	case WAL_KIND_SERIES:
		return write_series(lines, entry);
	case WAL_KIND_SAMPLES:
		return write_samples(lines, entry);
	case WAL_KIND_TOMBSTONES:
		return write_tombstones(lines, entry);
	case WAL_KIND_EXEMPLARS:
		return write_exemplars(lines, entry);
	case WAL_KIND_MMAP_MARKERS:
		return write_markers(lines, entry);
	case WAL_KIND_METADATA:
		return write_metadata(lines, entry);
	case WAL_KIND_HISTOGRAMS:
		return write_histograms(lines, entry);
	case WAL_KIND_UNKNOWN:
	default:
		return WAL_OK;
	}
}
