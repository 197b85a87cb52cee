/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/labels.h - labels as several kinds of records hold them:
 *
 *   uvarint labels, labels x { text name, text value }
 */
#ifndef WAL_LABELS_H
#define WAL_LABELS_H

#include "wal/record.h"

/**
 * wal_labels_read(bytes, list, ret_first, ret_count):
 * Read labels onto the end of ${list}, and store where they begin in it and
 * how many they are.
 */
enum wal_status wal_labels_read(struct wal_bytes *bytes,
    struct wal_label_list *list, size_t *ret_first, size_t *ret_count);

#endif /* WAL_LABELS_H */
