/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/series/external.h"

struct wal_label *
external_lend(const struct config *config)
{
	size_t i, len = config->external_labels_len;
	const struct config_label *from;
	struct wal_label *labels;

	if ((labels = calloc(len + 1, sizeof(*labels))) == NULL)
		return NULL;
	for (i = 0; i < len; i++) {
		from = &config->external_labels[i];
		labels[i].name =
		    (struct wal_text){ from->name, strlen(from->name) };
		labels[i].value =
		    (struct wal_text){ from->value, strlen(from->value) };
	}
	return labels;
}
