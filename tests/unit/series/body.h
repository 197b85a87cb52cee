/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/series/body.h - what a request says, as protobuf-c reads it. */
#ifndef TESTS_UNIT_SERIES_BODY_H
#define TESTS_UNIT_SERIES_BODY_H

#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>

#include "agent/series/remote.pb-c.h"

/* The plain bytes of a request's body, to be freed; NULL if it is not one. */
static inline uint8_t *
body_plain(const void *body, size_t len, size_t *ret_len)
{
	uint8_t *plain;

	if (snappy_uncompressed_length(body, len, ret_len) != SNAPPY_OK ||
	    (plain = malloc(*ret_len + 1)) == NULL)
		return NULL;
	if (snappy_uncompress(body, len, (char *)plain, ret_len) == SNAPPY_OK)
		return plain;
	free(plain);
	return NULL;
}

/**
 * body_unpack(body, len):
 * The message, to be freed by remote__write_request__free_unpacked; that it is
 * none is the end.
 */
static inline Remote__WriteRequest *
body_unpack(const void *body, size_t len)
{
	Remote__WriteRequest *message = NULL;
	size_t plain_len;
	uint8_t *plain = body_plain(body, len, &plain_len);

	if (plain != NULL)
		message = remote__write_request__unpack(NULL, plain_len, plain);
	free(plain);
	if (message == NULL)
		abort();
	return message;
}

/* The bits of the value of sample ${i} of a time series. */
static inline uint64_t
body_bits_at(const Remote__TimeSeries *series, size_t i)
{
	uint64_t bits;

	memcpy(&bits, &series->samples[i]->value, sizeof(bits));
	return bits;
}

/* The same of sample 0. */
static inline uint64_t
body_bits(const Remote__TimeSeries *series)
{
	return body_bits_at(series, 0);
}

/* The value of the last label of a time series, as a number. */
static inline unsigned int
body_number(const Remote__TimeSeries *series)
{
	const ProtobufCBinaryData *value =
	    &series->labels[series->n_labels - 1]->value;
	unsigned int number = 0;
	size_t i;

	for (i = 0; i < value->len; i++)
		number = 10 * number + (unsigned int)(value->data[i] - '0');
	return number;
}

#endif /* TESTS_UNIT_SERIES_BODY_H */
