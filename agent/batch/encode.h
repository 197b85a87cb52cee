/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/batch/encode.h - samples to the body of a remote write 1.0 request.
 *
 * The body is a snappy block of a protobuf WriteRequest (see
 * agent/series/remote.proto) with one TimeSeries a sample, or one for several
 * of a series: its packed labels, then the samples; or with the metadata of
 * metric families.  The bytes are those that protobuf-c would pack, but for a
 * value of minus zero, which it would lose.
 */
#ifndef AGENT_BATCH_ENCODE_H
#define AGENT_BATCH_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/batch/kept.h"
#include "agent/series/families.h"
#include "agent/series/final.h"
#include "wal/record.h"

/* The plain body never grows past this: limit and one series more. */
#define ENCODE_PLAIN_MAX (16u << 20) /* Bytes. */

/* At most this many bytes of a sample are not its labels. */
#define ENCODE_SAMPLE_ROOM 40u

/* A histogram or exemplar that takes more than this is not sent. */
#define ENCODE_FIELD_MAX (1u << 20) /* Bytes. */

struct encoder {
	struct buf plain;
	struct buf field;  /* What comes after the labels of one series. */
	struct buf packed; /* The body, until its length is known. */
};

void encoder_init(struct encoder *encoder);
void encoder_release(struct encoder *encoder);

/* Bytes of plain body so far. */
size_t encoder_len(const struct encoder *encoder);

/**
 * encoder_add(encoder, final, time, value):
 * Append a sample of ${final}: ${time} in milliseconds, ${value} the bits of
 * its double.  Return -1, adding nothing, if there is no memory.
 */
int encoder_add(struct encoder *encoder, const struct final *final,
    int64_t time, uint64_t value);

/**
 * encoder_add_exemplar(encoder, final, exemplar, labels):
 * The same of an exemplar of ${final}, whose own labels are ${labels}.
 */
int encoder_add_exemplar(struct encoder *encoder, const struct final *final,
    const struct wal_exemplar *exemplar, const struct wal_label *labels);

/* The same of a histogram in ${list}; see agent/batch/pack.h. */
int encoder_add_histogram(struct encoder *encoder, const struct final *final,
    const struct wal_histogram_list *list,
    const struct wal_histogram *histogram);

/* The same of ${kept} of ${record}, whatever it is. */
int encoder_add_kept(struct encoder *encoder, const struct kept_record *record,
    const struct kept *kept);

/* The same of what a metric is. */
int encoder_add_metadata(struct encoder *encoder, const struct family *family);

/**
 * encoder_field(encoder):
 * Begin the fields of one time series with several entries, which are appended
 * to what is returned: at most ENCODE_FIELD_MAX bytes of them.
 */
struct buf *encoder_field(struct encoder *encoder);

/* Append to ${out} the field of a sample; of the others, see pack.h. */
void encoder_put_sample(struct buf *out, int64_t time, uint64_t value);

/**
 * encoder_add_field(encoder, final):
 * Append the time series of ${final} with the fields begun.  Return -1, adding
 * nothing, if there is no memory, or was none for them.
 */
int encoder_add_field(struct encoder *encoder, const struct final *final);

/**
 * encoder_finish(encoder, ret_body, ret_len):
 * Store in ${ret_body} the compressed request, which the caller frees, and
 * begin anew.  Return -1, keeping what was added, if there is no memory.
 */
int encoder_finish(
    struct encoder *encoder, uint8_t **ret_body, size_t *ret_len);

#endif /* AGENT_BATCH_ENCODE_H */
