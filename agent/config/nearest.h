/* SPDX-License-Identifier: Apache-2.0 */
/* agent/config/nearest.h - how far a mistyped word is from a right one. */
#ifndef AGENT_CONFIG_NEAREST_H
#define AGENT_CONFIG_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

#define NEAREST_WORD_MAX 40u /* Bytes; longer words are near to nothing. */

/**
 * nearest_distance(a, b):
 * How many letters must be put in, left out, changed or swapped with the next
 * to make ${b} of ${a}, capitals being equal to small letters; SIZE_MAX if
 * either is too long.
 */
size_t nearest_distance(const char *a, const char *b);

/* Whether ${word} is likely to be a mistyped ${right}. */
bool nearest_likely(const char *word, const char *right);

#endif /* AGENT_CONFIG_NEAREST_H */
