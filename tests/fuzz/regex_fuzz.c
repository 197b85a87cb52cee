/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A pattern, a NUL, and a text, which is the template of its groups, too. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct regex_fault fault;
	struct regex *regex;
	struct buf out;
	char *copy;
	size_t len;

	if ((copy = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	len = strlen(copy);
	buf_init(&out, 1u << 20);
	if ((regex = regex_new(copy, &fault)) == NULL) {
		if (fault.text[0] == '\0')
			abort();
	} else if (len < size &&
	    regex_match(regex, copy + len + 1, size - len - 1) == REGEX_MATCH) {
		regex_expand(regex, copy + len + 1, &out);
	}
	regex_free(regex);
	buf_release(&out);
	free(copy);
	return 0;
}
