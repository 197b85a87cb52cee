/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wal/record.h"

static const struct {
	enum wal_kind kind;
	const char *name;
} types[WAL_TYPES] = {
	[WAL_EMPTY] = { WAL_KIND_UNKNOWN, "unknown" },
	[WAL_SERIES] = { WAL_KIND_SERIES, "series" },
	[WAL_SAMPLES] = { WAL_KIND_SAMPLES, "samples" },
	[WAL_TOMBSTONES] = { WAL_KIND_TOMBSTONES, "tombstones" },
	[WAL_EXEMPLARS] = { WAL_KIND_EXEMPLARS, "exemplars" },
	[WAL_MMAP_MARKERS] = { WAL_KIND_MMAP_MARKERS, "mmapmarkers" },
	[WAL_METADATA] = { WAL_KIND_METADATA, "metadata" },
	[WAL_HISTOGRAMS] = { WAL_KIND_HISTOGRAMS, "histogram_samples" },
	[WAL_FLOAT_HISTOGRAMS] = { WAL_KIND_HISTOGRAMS,
	    "float_histogram_samples" },
	[WAL_CUSTOM_HISTOGRAMS] = { WAL_KIND_HISTOGRAMS,
	    "custom_buckets_histogram_samples" },
	[WAL_CUSTOM_FLOAT_HISTOGRAMS] = { WAL_KIND_HISTOGRAMS,
	    "custom_buckets_float_histogram_samples" },
	[WAL_SAMPLES_V2] = { WAL_KIND_SAMPLES, "samples_v2" },
	[WAL_HISTOGRAMS_V2] = { WAL_KIND_HISTOGRAMS, "histogram_samples_v2" },
	[WAL_FLOAT_HISTOGRAMS_V2] = { WAL_KIND_HISTOGRAMS,
	    "float_histogram_samples_v2" },
};

const char *
wal_type_name(unsigned int type)
{
	return types[type < WAL_TYPES ? type : WAL_EMPTY].name;
}

enum wal_kind
wal_type_kind(unsigned int type)
{
	return types[type < WAL_TYPES ? type : WAL_EMPTY].kind;
}

/* A list of any kind, of which there is one at a time. */
union list {
	struct wal_series_list series;
	struct wal_sample_list samples;
	struct wal_tombstone_list tombstones;
	struct wal_exemplar_list exemplars;
	struct wal_mmap_marker_list markers;
	struct wal_metadata_list metadata;
	struct wal_histogram_list histograms;
};

bool
wal_record_decodes(const uint8_t *data, size_t len)
{
	union list list;
	enum wal_status st;

	memset(&list, 0, sizeof(list));
	switch (wal_type_kind(len > 0 ? data[0] : WAL_EMPTY)) {
	case WAL_KIND_SERIES:
		st = wal_decode_series(data, len, &list.series);
		wal_series_list_release(&list.series);
		break;
	case WAL_KIND_SAMPLES:
		st = wal_decode_samples(data, len, &list.samples);
		wal_sample_list_release(&list.samples);
		break;
	case WAL_KIND_TOMBSTONES:
		st = wal_decode_tombstones(data, len, &list.tombstones);
		wal_tombstone_list_release(&list.tombstones);
		break;
	case WAL_KIND_EXEMPLARS:
		st = wal_decode_exemplars(data, len, &list.exemplars);
		wal_exemplar_list_release(&list.exemplars);
		break;
	case WAL_KIND_MMAP_MARKERS:
		st = wal_decode_mmap_markers(data, len, &list.markers);
		wal_mmap_marker_list_release(&list.markers);
		break;
	case WAL_KIND_METADATA:
		st = wal_decode_metadata(data, len, &list.metadata);
		wal_metadata_list_release(&list.metadata);
		break;
	case WAL_KIND_HISTOGRAMS:
		st = wal_decode_histograms(data, len, &list.histograms);
		wal_histogram_list_release(&list.histograms);
		break;
	case WAL_KIND_UNKNOWN:
	default:
		return false;
	}
	return st == WAL_OK;
}
