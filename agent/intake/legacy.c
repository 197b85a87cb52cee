/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/intake/legacy.h"

bool
legacy_serves(const struct legacy *legacy, const struct wal_mark *from)
{
	const struct wal_mark *read = &legacy->read;

	if (legacy->refs == NULL || from->generation != read->generation ||
	    from->inside != 0 || read->inside != 0)
		return false;
	/* Those that there was no room for would be missing. */
	if (refmap_beyond(legacy->refs) > 0 ||
	    wal_mark_compare(from, &legacy->acknowledged) < 0)
		return false;
	/* A ref that was given other labels has them for all before, too. */
	return wal_mark_compare(from, read) >= 0 ||
	    from->at.segment >= refmap_redefined(legacy->refs);
}

struct families *
legacy_families(struct legacy *legacy, const struct wal_mark *from)
{
	struct families *families;

	if (legacy == NULL || legacy->families == NULL ||
	    !legacy_serves(legacy, from))
		return families_new();
	families = legacy->families;
	legacy->families = NULL;
	return families;
}

void
legacy_release(struct legacy *legacy, struct graveyard *graveyard)
{
	graveyard_bury(graveyard, legacy->refs, legacy->finals);
	families_free(legacy->families);
	*legacy = (struct legacy){ 0 };
}
