/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/instance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes are an answer with an id or a name, or none. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct facts facts = { 0 };
	enum fact fact;
	char *copy;

	/* Of its exact size, so that a byte too far is seen. */
	if ((copy = malloc(size > 0 ? size : 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	if (instance_read(copy, size, &facts) == 0 &&
	    facts.text[FACT_VM_ID][0] == '\0' &&
	    facts.text[FACT_VM_NAME][0] == '\0')
		abort();
	for (fact = 0; fact < FACTS; fact++)
		if (memchr(facts.text[fact], '\0', FACT_TEXT_MAX + 1) == NULL)
			abort();
	free(copy);
	return 0;
}
