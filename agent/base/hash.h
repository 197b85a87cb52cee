/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/hash.h - where in a table a thing belongs.
 *
 * Label values come from whoever is scraped, so the seed is the process's
 * own: nobody outside can choose values that fall together.  No result
 * outlives the process, but for those of hash_stable.
 */
#ifndef AGENT_BASE_HASH_H
#define AGENT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A seed from the kernel's random numbers; from the time if it has none. */
uint64_t hash_seed(void);

/* The hash of ${len} bytes. */
uint32_t hash_bytes(uint64_t seed, const void *data, size_t len);

/* The same with a seed for all, on every machine and in every version. */
uint32_t hash_stable(const void *data, size_t len);

/* The hash of a number. */
uint32_t hash_number(uint64_t seed, uint64_t number);

#endif /* AGENT_BASE_HASH_H */
