/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/position/ledger.h"
#include "agent/position/position.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What decodes can be saved again, and is then the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct position first, second;
	uint8_t entry[LEDGER_MAX];
	size_t len;

	if (size > LEDGER_MAX || position_decode(&first, data, size) != 0)
		return 0;
	if ((len = position_encode(&first, entry, sizeof(entry))) == 0 ||
	    position_decode(&second, entry, len) != 0 ||
	    memcmp(&first, &second, sizeof(first)) != 0)
		abort();
	return 0;
}
