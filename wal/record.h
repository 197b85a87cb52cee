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

/* The name that Prometheus's metrics have for ${type}; "unknown" for others. */
const char *wal_type_name(unsigned int type);

struct wal_label {
	struct wal_text name;
	struct wal_text value;
};

/* One entry of a series record: a ref gets its labels. */
struct wal_series {
	uint64_t ref;
	size_t first; /* Its first label in wal_series_list.labels. */
	size_t count; /* How many labels it has, in the order of the record. */
};

struct wal_series_list {
	struct wal_series *series;
	size_t len, cap;
	struct wal_label *labels;
	size_t labels_len, labels_cap;
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

/* Free what a list holds; it is then empty, and as good as new. */
void wal_series_list_release(struct wal_series_list *list);
void wal_sample_list_release(struct wal_sample_list *list);

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

#endif /* WAL_RECORD_H */
