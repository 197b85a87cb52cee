/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/base/wipe.h"
#include "agent/config/given.h"

void
given_text(const struct schema_at *at, void *target)
{
	if (schema_is(at, TREE_SCALAR) && at->node->text[0] != '\0')
		schema_text(at, target);
}

void
given_header(const struct schema_at *at, void *target)
{
	const unsigned char *c = (const unsigned char *)at->node->text;

	if (!schema_is(at, TREE_SCALAR))
		return;
	while (*c >= ' ' && *c != 0x7f)
		c++;
	if (*c != '\0')
		schema_fault(
		    at, "a control character or line break; remove it");
	else
		given_text(at, target);
}

bool
given_any(const struct config_secret *secret)
{
	return secret->text != NULL || secret->file != NULL;
}

void
given_check(const struct schema_at *at, const char *key, const char *other,
    const struct config_secret *secret)
{
	struct schema_at place = schema_child(at, other);

	if (secret->text != NULL && secret->file != NULL)
		schema_fault_key(
		    &place, "%s is given too; keep one of the two", key);
}

void
given_release(struct config_secret *secret)
{
	wipe_text(secret->text);
	free(secret->file);
	*secret = (struct config_secret){ 0 };
}
