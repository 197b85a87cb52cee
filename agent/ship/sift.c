/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>

#include "agent/ship/sift.h"
#include "wal/bytes.h"

/* The fields of a TimeSeries, as their tags; each is bytes. */
#define TAG_LABEL 0x0au
#define TAG_SAMPLE 0x12u
#define TAG_EXEMPLAR 0x1au
#define TAG_HISTOGRAM 0x22u

/* What the one entry of ${series} is, which comes after its labels. */
static unsigned int
kind_of(struct wal_text series)
{
	struct wal_bytes bytes = { (const uint8_t *)series.data,
		(const uint8_t *)series.data + series.len, false };
	uint8_t tag;

	while ((tag = wal_bytes_u8(&bytes)) == TAG_LABEL)
		(void)wal_bytes_text(&bytes);
	assert(!bytes.bad);
	return tag == TAG_SAMPLE  ? SIFT_SAMPLES
	    : tag == TAG_EXEMPLAR ? SIFT_EXEMPLARS
				  : SIFT_HISTOGRAMS;
}

/* Move what is wanted of the ${len} bytes at ${plain} to their front. */
static size_t
pick(uint8_t *plain, size_t len, unsigned int kinds)
{
	struct wal_bytes bytes = { plain, plain + len, false };
	const uint8_t *start;
	struct wal_text series;
	size_t kept = 0;

	while (wal_bytes_left(&bytes) > 0) {
		start = bytes.at;
		(void)wal_bytes_u8(
		    &bytes); /* A time series: there is no other. */
		series = wal_bytes_text(&bytes);
		assert(!bytes.bad);
		if ((kind_of(series) & kinds) == 0)
			continue;
		memmove(plain + kept, start, (size_t)(bytes.at - start));
		kept += (size_t)(bytes.at - start);
	}
	return kept;
}

int
sift(const uint8_t *body, size_t len, unsigned int kinds, uint8_t **ret_body,
    size_t *ret_len)
{
	uint8_t *plain = NULL, *packed = NULL;
	size_t plain_len = 0, packed_len;

	if (snappy_uncompressed_length((const char *)body, len, &plain_len) !=
		SNAPPY_OK ||
	    (plain = malloc(plain_len + 1)) == NULL ||
	    snappy_uncompress((const char *)body, len, (char *)plain,
		&plain_len) != SNAPPY_OK)
		goto fail;
	plain_len = pick(plain, plain_len, kinds);
	packed_len = snappy_max_compressed_length(plain_len);
	if ((packed = malloc(packed_len)) == NULL ||
	    snappy_compress((const char *)plain, plain_len, (char *)packed,
		&packed_len) != SNAPPY_OK)
		goto fail;
	free(plain);
	*ret_body = packed;
	*ret_len = packed_len;
	return 0;

fail:
	free(plain);
	free(packed);
	return -1;
}
