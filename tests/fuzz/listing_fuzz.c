/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "agent/send/listing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct families *families = families_new();
	size_t left_out;

	if (families != NULL)
		(void)listing_read(
		    (const char *)data, len, families, &left_out);
	families_free(families);
	return 0;
}
