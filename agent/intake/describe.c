/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/intake/describe.h"

void
describe_release(struct describe *describe)
{
	wal_metadata_list_release(&describe->list);
	free(describe->labels.labels);
	memset(describe, 0, sizeof(*describe));
}

/* Learn what ${metadata} says, which was read in ${segment}. */
static void
learn(struct describe *describe, const struct wal_metadata *metadata,
    uint64_t segment)
{
	struct meters *meters = describe->meters;
	struct family family = {
		.type = metadata->type < FAMILY_TYPES ? metadata->type
						      : FAMILY_UNKNOWN,
		.help = metadata->help,
		.unit = metadata->unit,
	};
	uint32_t set;

	if (refmap_meet(describe->refs, metadata->ref, segment) == NULL) {
		stat_inc(meters->metadata_unknown);
		return;
	}
	set = refmap_labels(describe->refs, metadata->ref);
	if (labelsets_labels(describe->sets, set, &describe->labels) != 0) {
		stat_inc(meters->metadata_over);
		return;
	}
	family.name = families_name(
	    family.type, describe->labels.labels, describe->labels.len);
	if (families_put(describe->families, &family) != 0)
		stat_inc(meters->metadata_over);
}

enum wal_status
describe_entry(struct describe *describe, const struct wal_entry *entry)
{
	enum wal_status st;
	size_t i;

	if (describe->families == NULL)
		return WAL_OK;
	st = wal_decode_metadata(entry->data, entry->len, &describe->list);
	if (st == WAL_NOMEM) {
		stat_inc(describe->meters->metadata_over);
		return WAL_OK;
	}
	for (i = 0; st == WAL_OK && i < describe->list.len; i++)
		learn(
		    describe, &describe->list.metadata[i], entry->end.segment);
	return st;
}
