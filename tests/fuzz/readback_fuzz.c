/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "agent/doctor/readback.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)readback_read((const char *)data, size);
	return 0;
}
