/* SPDX-License-Identifier: Apache-2.0 */
#include "wal/record.h"

static const char *const names[WAL_TYPES] = {
	[WAL_EMPTY] = "unknown",
	[WAL_SERIES] = "series",
	[WAL_SAMPLES] = "samples",
	[WAL_TOMBSTONES] = "tombstones",
	[WAL_EXEMPLARS] = "exemplars",
	[WAL_MMAP_MARKERS] = "mmapmarkers",
	[WAL_METADATA] = "metadata",
	[WAL_HISTOGRAMS] = "histogram_samples",
	[WAL_FLOAT_HISTOGRAMS] = "float_histogram_samples",
	[WAL_CUSTOM_HISTOGRAMS] = "custom_buckets_histogram_samples",
	[WAL_CUSTOM_FLOAT_HISTOGRAMS] =
	    "custom_buckets_float_histogram_samples",
	[WAL_SAMPLES_V2] = "samples_v2",
	[WAL_HISTOGRAMS_V2] = "histogram_samples_v2",
	[WAL_FLOAT_HISTOGRAMS_V2] = "float_histogram_samples_v2",
};

const char *
wal_type_name(unsigned int type)
{
	return names[type < WAL_TYPES ? type : WAL_EMPTY];
}
