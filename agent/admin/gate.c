/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "agent/admin/gate.h"
#include "agent/auth/base64.h"

#define SCHEME "Basic "

_Static_assert(WEBFILE_USER_MAX <= PASSWORDS_NAME_MAX,
    "who is a user can be asked for by his name");

bool
gate_take(struct gate_rate *rate, const struct webfile *webfile, uint64_t now)
{
	double more;

	if (webfile->rate_interval == 0)
		return true;
	more = (double)(now - rate->since) / (double)webfile->rate_interval;
	if (rate->since == 0 || rate->left + more > webfile->rate_burst)
		rate->left = webfile->rate_burst;
	else
		rate->left += more;
	rate->since = now;
	if (rate->left < 1)
		return false;
	rate->left -= 1;
	return true;
}

/*
 * Put the user and the password of ${authorization} as two strings, one after
 * the other, into ${text}; false if there are none.
 */
static bool
split(const char *authorization, char text[GATE_HEADER_MAX + 1])
{
	const char *letters;
	ssize_t len;
	char *colon;

	if (authorization == NULL || strlen(authorization) > GATE_HEADER_MAX ||
	    strncasecmp(authorization, SCHEME, strlen(SCHEME)) != 0)
		return false;
	letters = authorization + strlen(SCHEME);
	len = base64_read(text, letters, strlen(letters));
	/* A NUL within would hide what comes after it. */
	if (len < 0 || memchr(text, '\0', (size_t)len) != NULL)
		return false;
	text[len] = '\0';
	if ((colon = strchr(text, ':')) == NULL)
		return false;
	*colon = '\0';
	return true;
}

/* Whether ${password} is that of ${name}. */
static enum passwords_verdict
ask(const struct webfile *webfile, struct passwords *passwords,
    const char *name, const char *password)
{
	const char *hash = webfile->users[0].hash;
	bool known = false;
	size_t i;

	for (i = 0; i < webfile->users_len; i++)
		if (strcmp(webfile->users[i].name, name) == 0) {
			hash = webfile->users[i].hash;
			known = true;
		}
	return passwords_ask(passwords, name, hash, known, password);
}

enum gate_verdict
gate_look(const struct webfile *webfile, struct passwords *passwords,
    const char *authorization)
{
	char text[GATE_HEADER_MAX + 1];
	enum gate_verdict verdict = GATE_SHUT;

	if (webfile->users_len == 0)
		return GATE_OPEN;
	if (passwords == NULL)
		return GATE_BUSY;
	if (split(authorization, text))
		switch (
		    ask(webfile, passwords, text, text + strlen(text) + 1)) {
		case PASSWORDS_RIGHT_ONE:
			verdict = GATE_OPEN;
			break;
		case PASSWORDS_WRONG_ONE:
			break;
		case PASSWORDS_LATER:
			verdict = GATE_LATER;
			break;
		case PASSWORDS_BUSY:
			verdict = GATE_BUSY;
			break;
		}
	explicit_bzero(text, sizeof(text));
	return verdict;
}
