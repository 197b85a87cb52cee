/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/series/recall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Count the refs, and look at every byte of their labels. */
static int
count_ref(
    void *arg, uint64_t ref, uint64_t met, struct wal_label *labels, size_t len)
{
	uint64_t *count = arg;
	unsigned int sum = (unsigned int)(ref ^ met);
	size_t i, at;

	for (i = 0; i < len; i++) {
		for (at = 0; at < labels[i].name.len; at++)
			sum += (unsigned char)labels[i].name.data[at];
		for (at = 0; at < labels[i].value.len; at++)
			sum += (unsigned char)labels[i].value.data[at];
	}
	++*count;
	return sum == 0 && *count == 0 ? -1 : 0;
}

/* It ends, each step having read something; and gives what it says it gave. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct families *families = families_new();
	enum recall_result result;
	struct recall *recall;
	uint64_t count = 0;
	size_t steps = 0;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd == -1 || write(fd, data, len) != (ssize_t)len ||
	    (recall = recall_new(fd, "key", true)) == NULL)
		abort();
	recall_families(recall, families);
	do {
		result = recall_step(recall, count_ref, &count);
		if (++steps > len + 2)
			abort();
	} while (result == RECALL_MORE || result == RECALL_HEADED);
	if (result == RECALL_WAIT || result == RECALL_FAILED ||
	    recall_count(recall) != count ||
	    (result == RECALL_DAMAGED) != (recall_reason(recall) != NULL))
		abort();
	recall_free(recall);
	families_free(families);
	return 0;
}
