/* SPDX-License-Identifier: Apache-2.0 */
/* wal/unpack.h - the plain bytes of a stored record. */
#ifndef WAL_UNPACK_H
#define WAL_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "wal/segment.h"
#include "wal/status.h"

/* A record that claims or proves to be larger unpacked is corrupt. */
#define WAL_PLAIN_MAX (256u << 20) /* Bytes. */

struct wal_unpack;

/* NULL if there is no memory. */
struct wal_unpack *wal_unpack_new(void);

/* Do nothing to NULL. */
void wal_unpack_free(struct wal_unpack *unpack);

/**
 * wal_unpack_record(unpack, rec, ret_data, ret_len):
 * Store in ${ret_data} and ${ret_len} the plain bytes of ${rec}, which are
 * valid as long as the record and until the next call here.  Return
 * WAL_CORRUPT if they do not decompress.
 */
enum wal_status wal_unpack_record(struct wal_unpack *unpack,
    const struct wal_record *rec, const uint8_t **ret_data, size_t *ret_len);

#endif /* WAL_UNPACK_H */
