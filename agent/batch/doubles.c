/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/batch/doubles.h"
#include "agent/base/log.h"

void
doubles_add(
    struct doubles *doubles, const struct twice *twice, const struct kept *kept)
{
	if (twice_repeats(twice, kept))
		return;
	doubles->counts[kept->kind]++;
	naming_add_final(&doubles->naming, kept->final);
}

void
doubles_say(struct doubles *doubles, const char *remote, struct meters *meters,
    uint64_t now)
{
	const char *names;
	uint64_t count;
	unsigned int i;

	if (doubles->naming.series == 0)
		return;
	for (i = 0; i < KEPT_KINDS; i++) {
		stat_add(
		    meters->kinds[i].dropped[DROP_TWICE], doubles->counts[i]);
		doubles->counts[i] = 0;
	}
	names = naming_line(&doubles->naming, now, &count);
	if (names != NULL)
		log_warn("samples have the time, and not the value, of one "
			 "that their series has already, and are dropped: "
			 "only the first is sent; "
			 "see that no target shows a series twice, and that "
			 "write_relabel_configs leave series a label that "
			 "tells them apart",
		    LOG_STR("remote", remote), LOG_STR("metrics", names),
		    LOG_UINT("samples", count));
}
