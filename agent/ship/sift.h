/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/sift.h - a request with some kinds of its entries left out.
 *
 * A receiver that refuses a batch may refuse only its exemplars, or only its
 * histograms; so what it takes is picked out of the request as it was made.
 */
#ifndef AGENT_SHIP_SIFT_H
#define AGENT_SHIP_SIFT_H

#include <stddef.h>
#include <stdint.h>

/* Kinds of entries, to be added up. */
enum sift_kind {
	SIFT_SAMPLES = 1,
	SIFT_EXEMPLARS = 2,
	SIFT_HISTOGRAMS = 4,
};

/**
 * sift(body, len, kinds, ret_body, ret_len):
 * Store in ${ret_body}, to be freed by the caller, the compressed request
 * that has of the compressed request ${body}, made by agent/ship/encode.h,
 * only the entries of ${kinds}.  Return -1 if there is no memory.
 */
int sift(const uint8_t *body, size_t len, unsigned int kinds,
    uint8_t **ret_body, size_t *ret_len);

#endif /* AGENT_SHIP_SIFT_H */
