/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/value.h - words to values, as Prometheus takes them.
 *
 * Each returns 0, or -1 with the result untouched if the word is not one.
 */
#ifndef AGENT_CONFIG_VALUE_H
#define AGENT_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* true or false, yes or no, on or off; small, capitalised or in capitals. */
int value_bool(const char *word, bool *ret);

/* Decimal digits, no sign. */
int value_u32(const char *word, uint32_t *ret);
int value_u64(const char *word, uint64_t *ret);

/**
 * value_size(word, ret):
 * "0", or numbers with units, each of 1024 times the one before: B, KiB, MiB,
 * GiB, TiB, PiB or EiB, in which Prometheus lets one omit the i; as 1GiB512MiB.
 * In bytes.
 */
int value_size(const char *word, uint64_t *ret);

/**
 * value_duration(word, ret_usec):
 * "0", or numbers with the units y w d h m s ms, each at most once and in
 * this order: 1h30m.  In microseconds; at most 2^63 - 1 nanoseconds, some 292
 * years.
 */
int value_duration(const char *word, uint64_t *ret_usec);

/**
 * value_time(word, ret_msec):
 * RFC 3339, from 1970 to 9999: 2026-01-02T03:04:05Z, with a fraction of a
 * second or an offset as +01:00.  In milliseconds since 1970, cut down.
 */
int value_time(const char *word, int64_t *ret_msec);

/**
 * value_address(word):
 * Whether a server can listen there: 127.0.0.1:9795, [::1]:9795, localhost:0,
 * or :9795 for any address.
 */
int value_address(const char *word);

#endif /* AGENT_CONFIG_VALUE_H */
