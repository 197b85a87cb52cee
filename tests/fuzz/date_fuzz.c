/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever a Date or a Retry-After says, no wait is longer than the longest. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t date;
	char *text;

	/* Of its exact size, so that a byte too far is seen. */
	if ((text = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	(void)date_read(text, &date);
	if (date_retry_after(text, 0) > DATE_WAIT_MAX ||
	    date_retry_after(text, INT64_C(1767323045000)) > DATE_WAIT_MAX)
		abort();
	free(text);
	return 0;
}
