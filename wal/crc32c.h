/* SPDX-License-Identifier: Apache-2.0 */
/* wal/crc32c.h - the CRC-32C (Castagnoli) checksum of WAL fragments. */
#ifndef WAL_CRC32C_H
#define WAL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of the ${len} bytes at ${data}, by the CPU if it can. */
uint32_t crc32c(const uint8_t *data, size_t len);

/* The same without the CPU's help; what crc32c is tested against. */
uint32_t crc32c_portable(const uint8_t *data, size_t len);

#endif /* WAL_CRC32C_H */
