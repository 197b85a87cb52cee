/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "packaging/azure/extension/claim.h"
#include "packaging/azure/extension/state.h"

/* Note ${text}, the versions that are ours; "" if none is. */
static int
note(const char *root, const char *text)
{
	if (*text != '\0')
		return state_set(root, CLAIM_NAME, text);
	state_clear(root, CLAIM_NAME);
	return 0;
}

int
claim_intend(const char *root, const char *there, const char *wanted)
{
	char text[STATE_TEXT_MAX];

	if (*there != '\0' && !claim_holds(root, there))
		return note(root, "");
	(void)snprintf(text, sizeof(text), "%s\n%s\n", there, wanted);
	return note(root, text);
}

int
claim_settle(const char *root, const char *there)
{
	return note(root, claim_holds(root, there) ? there : "");
}

bool
claim_holds(const char *root, const char *there)
{
	size_t len = strlen(there);
	const char *at, *end;
	struct path path;
	struct buf text;
	bool found = false;

	buf_init(&text, STATE_TEXT_MAX);
	if (len > 0 && state_path(root, CLAIM_NAME, &path) == 0 &&
	    files_read(path.text, &text) == 0)
		for (at = buf_text(&text); *at != '\0' && !found;
		     at = *end == '\n' ? end + 1 : end) {
			end = strchrnul(at, '\n');
			found = (size_t)(end - at) == len &&
			    memcmp(at, there, len) == 0;
		}
	buf_release(&text);
	return found;
}
