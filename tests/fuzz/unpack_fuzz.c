/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "wal/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The first byte chooses the codec. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct wal_unpack *unpack = wal_unpack_new();
	struct wal_record record = { 0 };
	const uint8_t *plain;
	size_t plain_len;

	if (unpack == NULL)
		abort();
	if (len > 0) {
		record.codec = data[0] % 2 == 0 ? WAL_SNAPPY : WAL_ZSTD;
		record.data = data + 1;
		record.len = len - 1;
		(void)wal_unpack_record(unpack, &record, &plain, &plain_len);
	}
	wal_unpack_free(unpack);
	return 0;
}
