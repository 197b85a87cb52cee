/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "wal/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct wal_exemplar_list list = { 0 };

	(void)wal_decode_exemplars(data, len, &list);
	wal_exemplar_list_release(&list);
	return 0;
}
