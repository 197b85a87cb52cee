/* SPDX-License-Identifier: Apache-2.0 */
#include <endian.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>

#include "agent/batch/encode.h"
#include "agent/batch/pack.h"

/* Field numbers and wire types, as protobuf writes them before a field. */
#define TAG_TIME_SERIES 0x0au /* WriteRequest 1: bytes */
#define TAG_SAMPLE 0x12u      /* TimeSeries 2: bytes */
#define TAG_VALUE 0x09u       /* Sample 1: 64 bits, the lowest byte first */
#define TAG_TIMESTAMP 0x10u   /* Sample 2: varint */

#define SAMPLE_MAX 20u /* Bytes of a Sample: 9 of value, 11 of time. */

/* No block of snappy's is longer. */
#define PACKED_MAX (ENCODE_PLAIN_MAX / 6 * 7 + 64) /* Bytes. */

void
encoder_init(struct encoder *encoder)
{
	buf_init(&encoder->plain, ENCODE_PLAIN_MAX);
	buf_init(&encoder->field, ENCODE_FIELD_MAX);
	buf_init(&encoder->packed, PACKED_MAX);
}

void
encoder_release(struct encoder *encoder)
{
	buf_release(&encoder->plain);
	buf_release(&encoder->field);
	buf_release(&encoder->packed);
}

size_t
encoder_len(const struct encoder *encoder)
{
	return encoder->plain.len;
}

static uint8_t *
put_varint(uint8_t *to, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*to++ = (uint8_t)(value | 0x80);
	*to++ = (uint8_t)value;
	return to;
}

/* Write the fields of a Sample, zeros left out; return its length. */
static size_t
pack_sample(uint8_t *to, int64_t time, uint64_t value)
{
	uint64_t bits = htole64(value);
	uint8_t *at = to;

	if (value != 0) {
		*at++ = TAG_VALUE;
		memcpy(at, &bits, sizeof(bits));
		at += sizeof(bits);
	}
	if (time != 0) {
		*at++ = TAG_TIMESTAMP;
		at = put_varint(at, (uint64_t)time);
	}
	return (size_t)(at - to);
}

int
encoder_add(struct encoder *encoder, const struct final *final, int64_t time,
    uint64_t value)
{
	uint8_t sample[SAMPLE_MAX], *start, *at;
	size_t len = pack_sample(sample, time, value);

	start = buf_reserve(
	    &encoder->plain, final->packed_len + ENCODE_SAMPLE_ROOM);
	if (start == NULL) {
		encoder->plain.bad = false;
		return -1;
	}
	*start = TAG_TIME_SERIES;
	at = put_varint(start + 1, final->packed_len + 2 + len);
	memcpy(at, final->packed, final->packed_len);
	at += final->packed_len;
	*at++ = TAG_SAMPLE;
	*at++ = (uint8_t)len;
	memcpy(at, sample, len);
	encoder->plain.len += (size_t)(at + len - start);
	return 0;
}

struct buf *
encoder_field(struct encoder *encoder)
{
	buf_reset(&encoder->field);
	return &encoder->field;
}

void
encoder_put_sample(struct buf *out, int64_t time, uint64_t value)
{
	uint8_t *at = buf_reserve(out, 2 + SAMPLE_MAX);
	size_t len;

	if (at == NULL)
		return;
	len = pack_sample(at + 2, time, value);
	at[0] = TAG_SAMPLE;
	at[1] = (uint8_t)len;
	out->len += 2 + len;
}

int
encoder_add_field(struct encoder *encoder, const struct final *final)
{
	const struct buf *field = &encoder->field;
	uint8_t *start, *at;

	if (field->bad)
		return -1;
	start = buf_reserve(&encoder->plain,
	    final->packed_len + field->len + ENCODE_SAMPLE_ROOM);
	if (start == NULL) {
		encoder->plain.bad = false;
		return -1;
	}
	*start = TAG_TIME_SERIES;
	at = put_varint(start + 1, final->packed_len + field->len);
	memcpy(at, final->packed, final->packed_len);
	at += final->packed_len;
	memcpy(at, field->data, field->len);
	encoder->plain.len += (size_t)(at + field->len - start);
	return 0;
}

int
encoder_add_exemplar(struct encoder *encoder, const struct final *final,
    const struct wal_exemplar *exemplar, const struct wal_label *labels)
{
	pack_exemplar(encoder_field(encoder), exemplar, labels);
	return encoder_add_field(encoder, final);
}

int
encoder_add_histogram(struct encoder *encoder, const struct final *final,
    const struct wal_histogram_list *list,
    const struct wal_histogram *histogram)
{
	pack_histogram(encoder_field(encoder), list, histogram);
	return encoder_add_field(encoder, final);
}

int
encoder_add_kept(struct encoder *encoder, const struct kept_record *record,
    const struct kept *kept)
{
	const struct wal_exemplar *exemplar;

	switch (kept->kind) {
	case KEPT_SAMPLE:
		break;
	case KEPT_EXEMPLAR:
		exemplar = &record->exemplars->exemplars[kept->index];
		return encoder_add_exemplar(encoder, kept->final, exemplar,
		    record->exemplars->pool.labels + exemplar->first);
	case KEPT_HISTOGRAM:
		return encoder_add_histogram(encoder, kept->final,
		    record->histograms,
		    &record->histograms->histograms[kept->index]);
	}
	return encoder_add(encoder, kept->final, kept->time, kept->value);
}

int
encoder_add_metadata(struct encoder *encoder, const struct family *family)
{
	pack_metadata(&encoder->plain, family);
	if (!encoder->plain.bad)
		return 0;
	encoder->plain.bad = false;
	return -1;
}

int
encoder_finish(struct encoder *encoder, uint8_t **ret_body, size_t *ret_len)
{
	const char *plain = (const char *)encoder->plain.data;
	size_t len = snappy_max_compressed_length(encoder->plain.len);
	uint8_t *packed, *body = NULL;

	buf_reset(&encoder->packed);
	packed = buf_reserve(&encoder->packed, len);
	if (packed == NULL ||
	    snappy_compress(plain, encoder->plain.len, (char *)packed, &len) !=
		SNAPPY_OK ||
	    (body = malloc(len)) == NULL)
		return -1;
	memcpy(body, packed, len);
	buf_reset(&encoder->plain);
	*ret_body = body;
	*ret_len = len;
	return 0;
}
