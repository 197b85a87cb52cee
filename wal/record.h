/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/record.h - what the records of a Prometheus WAL say.
 *
 * The first plain byte of a record is its type; a file of this folder decodes
 * each kind.  A decoder is all or nothing: a record that breaks its format
 * anywhere yields WAL_CORRUPT and no entry.  What is decoded points into the
 * record and is valid as long as it.  No count is believed before the bytes
 * for it are there.
 */
#ifndef WAL_RECORD_H
#define WAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/bytes.h"
#include "wal/status.h"

enum wal_type {
	WAL_EMPTY = 0, /* A record without a byte; not on disk by a writer. */
	WAL_SERIES = 1,
	WAL_SAMPLES = 2,
	WAL_TOMBSTONES = 3,
	WAL_EXEMPLARS = 4,
	WAL_MMAP_MARKERS = 5,
	WAL_METADATA = 6,
	WAL_HISTOGRAMS = 7,
	WAL_FLOAT_HISTOGRAMS = 8,
	WAL_CUSTOM_HISTOGRAMS = 9,
	WAL_CUSTOM_FLOAT_HISTOGRAMS = 10,
	WAL_SAMPLES_V2 = 11,
	WAL_HISTOGRAMS_V2 = 12,
	WAL_FLOAT_HISTOGRAMS_V2 = 13,
	WAL_TYPES, /* Any number from here on is unknown. */
};

/* What the entries of a record are, whatever its type. */
enum wal_kind {
	WAL_KIND_UNKNOWN,
	WAL_KIND_SERIES,
	WAL_KIND_SAMPLES,
	WAL_KIND_TOMBSTONES,
	WAL_KIND_EXEMPLARS,
	WAL_KIND_MMAP_MARKERS,
	WAL_KIND_METADATA,
	WAL_KIND_HISTOGRAMS,
};

/* What records of ${type} hold. */
enum wal_kind wal_type_kind(unsigned int type);

/* The name that Prometheus's metrics have for ${type}; "unknown" for others. */
const char *wal_type_name(unsigned int type);

/**
 * wal_record_decodes(data, len):
 * Whether the ${len} plain bytes at ${data} are a record of a known type, and of
 * its form from first to last.
 */
bool wal_record_decodes(const uint8_t *data, size_t len);

struct wal_label {
	struct wal_text name;
	struct wal_text value;
};

/* The labels of all entries of a record, in its order. */
struct wal_label_list {
	struct wal_label *labels;
	size_t len, cap;
};

/* One entry of a series record: a ref gets its labels. */
struct wal_series {
	uint64_t ref;
	size_t first; /* Its first label in the list's pool. */
	size_t count; /* How many labels it has. */
};

struct wal_series_list {
	struct wal_series *series;
	size_t len, cap;
	struct wal_label_list pool;
};

/* One float sample. */
struct wal_sample {
	uint64_t ref;
	int64_t time;   /* Milliseconds since 1970. */
	int64_t start;  /* Likewise, of the counter; 0: not known. */
	uint64_t value; /* The bits of the double: NaNs carry meaning. */
};

struct wal_sample_list {
	struct wal_sample *samples;
	size_t len, cap;
};

/* One exemplar: a sample with labels of its own. */
struct wal_exemplar {
	uint64_t ref;
	int64_t time;   /* Milliseconds since 1970. */
	uint64_t value; /* The bits of the double. */
	size_t first;   /* Its first label in the list's pool. */
	size_t count;   /* How many labels it has. */
};

struct wal_exemplar_list {
	struct wal_exemplar *exemplars;
	size_t len, cap;
	struct wal_label_list pool;
};

/* What a series is, for people. */
struct wal_metadata {
	uint64_t ref;
	uint8_t type; /* See wal_metadata_type_name. */
	struct wal_text unit;
	struct wal_text help;
};

struct wal_metadata_list {
	struct wal_metadata *metadata;
	size_t len, cap;
};

/* Samples from ${first} to ${last}, in ms since 1970, were deleted. */
struct wal_tombstone {
	uint64_t ref;
	int64_t first;
	int64_t last;
};

struct wal_tombstone_list {
	struct wal_tombstone *tombstones;
	size_t len, cap;
};

/* Samples of a series up to here are in a chunk file of Prometheus. */
struct wal_mmap_marker {
	uint64_t ref;
	uint64_t chunk; /* Its file and offset. */
};

struct wal_mmap_marker_list {
	struct wal_mmap_marker *markers;
	size_t len, cap;
};

/* A run of buckets: ${offset} empty ones before it, then ${len} buckets. */
struct wal_span {
	int32_t offset;
	uint32_t len;
};

/* A part of one of the list's pools. */
struct wal_slice {
	size_t first;
	size_t len;
};

#define WAL_SCHEMA_CUSTOM (-53) /* The bounds of buckets are given. */
#define WAL_SCHEMA_MIN (-9)
#define WAL_SCHEMA_MAX 8     /* Of what a decoder yields. */
#define WAL_SCHEMA_FINEST 52 /* Of what it reads, and makes coarser. */

/*
 * One native histogram.  With integer counts, ${numbers} of buckets are
 * differences to the bucket before, as int64_t; with float counts, counts
 * themselves, as the bits of doubles.
 */
struct wal_histogram {
	uint64_t ref;
	int64_t time;  /* Milliseconds since 1970. */
	int64_t start; /* Likewise, of the counter; 0: not known. */
	bool is_float;
	uint8_t hint; /* 0 unknown, 1 counter reset, 2 none, 3 gauge. */
	int32_t schema;
	uint64_t zero_threshold; /* The bits of the double, as all below... */
	uint64_t zero_count;     /* ... but these two if not is_float. */
	uint64_t count;
	uint64_t sum;
	struct wal_slice positive_spans, negative_spans;     /* Of spans. */
	struct wal_slice positive_buckets, negative_buckets; /* Of numbers. */
	struct wal_slice custom_bounds;                      /* Of numbers. */
};

struct wal_histogram_list {
	struct wal_histogram *histograms;
	size_t len, cap;
	struct wal_span *spans;
	size_t spans_len, spans_cap;
	uint64_t *numbers;
	size_t numbers_len, numbers_cap;
	size_t skipped; /* Histograms of a schema that nobody knows. */
};

/* Free what a list holds; it is then empty, and as good as new. */
void wal_series_list_release(struct wal_series_list *list);
void wal_sample_list_release(struct wal_sample_list *list);
void wal_exemplar_list_release(struct wal_exemplar_list *list);
void wal_metadata_list_release(struct wal_metadata_list *list);
void wal_tombstone_list_release(struct wal_tombstone_list *list);
void wal_mmap_marker_list_release(struct wal_mmap_marker_list *list);
void wal_histogram_list_release(struct wal_histogram_list *list);

/**
 * wal_decode_series(data, len, list):
 * Decode the ${len} plain bytes of a WAL_SERIES record into ${list}, in place
 * of what it held.  A zeroed list is ready for use.
 */
enum wal_status wal_decode_series(
    const uint8_t *data, size_t len, struct wal_series_list *list);

/* The same for WAL_SAMPLES and WAL_SAMPLES_V2. */
enum wal_status wal_decode_samples(
    const uint8_t *data, size_t len, struct wal_sample_list *list);

/* The same for WAL_EXEMPLARS. */
enum wal_status wal_decode_exemplars(
    const uint8_t *data, size_t len, struct wal_exemplar_list *list);

/* The same for WAL_METADATA.  Fields with names unknown to us are skipped. */
enum wal_status wal_decode_metadata(
    const uint8_t *data, size_t len, struct wal_metadata_list *list);

/* The name that Prometheus has for a type of metadata; "unknown" for others. */
const char *wal_metadata_type_name(uint8_t type);

/* The same for WAL_TOMBSTONES. */
enum wal_status wal_decode_tombstones(
    const uint8_t *data, size_t len, struct wal_tombstone_list *list);

/* The same for WAL_MMAP_MARKERS. */
enum wal_status wal_decode_mmap_markers(
    const uint8_t *data, size_t len, struct wal_mmap_marker_list *list);

/**
 * wal_decode_histograms(data, len, list):
 * The same for the six types of histograms.  One of an unknown schema is left
 * out, and counted; one finer than WAL_SCHEMA_MAX is made as coarse as that.
 */
enum wal_status wal_decode_histograms(
    const uint8_t *data, size_t len, struct wal_histogram_list *list);

#endif /* WAL_RECORD_H */
