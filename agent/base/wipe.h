/* SPDX-License-Identifier: Apache-2.0 */
/* agent/base/wipe.h - how a text that is secret, or holds secrets, ends. */
#ifndef AGENT_BASE_WIPE_H
#define AGENT_BASE_WIPE_H

#include <stdlib.h>
#include <string.h>

/* Overwrite and free ${text}.  Do nothing to NULL. */
static inline void
wipe_text(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

#endif /* AGENT_BASE_WIPE_H */
