/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/grant.h"
#include "agent/auth/token.h"
#include "agent/config/value.h"

#define DATE_MAX 40u        /* Bytes of a date, and its NUL. */
#define SECONDS_MAX 1e11    /* Since 1970: the year 5138. */
#define EXPIRES_ON_MSEC 1e3 /* Milliseconds in its unit. */

/* A number, or a text that is one; NAN if it is neither. */
static double
number_of(const json_t *value)
{
	const char *text;
	char *end;
	double number;

	if (json_is_number(value))
		return json_number_value(value);
	if ((text = json_string_value(value)) == NULL ||
	    strspn(text, "-0123456789") == 0)
		return nan("");
	number = strtod(text, &end);
	return *end == '\0' ? number : nan("");
}

/* The date ${text} in milliseconds since 1970; -1 if it is none. */
static int
read_date(const char *text, int64_t *ret)
{
	char date[DATE_MAX];
	size_t len = strlen(text);

	if (value_time(text, ret) == 0)
		return 0;
	if (len != strlen("2026-01-02 03:04:05"))
		return -1;
	if (text[2] == '/' && text[5] == '/') /* 01/02/2026 03:04:05 */
		(void)snprintf(date, sizeof(date), "%.4s-%.2s-%.2sT%sZ",
		    text + 6, text, text + 3, text + 11);
	else if (text[10] == ' ')
		(void)snprintf(
		    date, sizeof(date), "%.10sT%sZ", text, text + 11);
	else
		return -1;
	return value_time(date, ret);
}

/*
 * Milliseconds that the token of ${root} has to live at ${wall}; NAN if it
 * does not say.
 */
static double
life_of(const json_t *root, int64_t wall)
{
	const json_t *on = json_object_get(root, "expires_on");
	double number = number_of(on);
	int64_t date;

	if (json_is_string(on) && read_date(json_string_value(on), &date) == 0)
		return (double)(date - wall);
	if (isfinite(number) && number < SECONDS_MAX)
		return number * EXPIRES_ON_MSEC - (double)wall;
	number = number_of(json_object_get(root, "expires_in"));
	return isfinite(number) ? number * 1e3 : nan("");
}

/* ${msec}, which may be anything, in microseconds; 0 if it is not above. */
static uint64_t
bounded(double msec)
{
	if (!(msec >= 1))
		return 0;
	if (msec > GRANT_LIFETIME_MAX * 1e3)
		msec = GRANT_LIFETIME_MAX * 1e3;
	return (uint64_t)msec * CLOCK_MSEC;
}

/* Whether a header can hold ${text}. */
static bool
is_token(const char *text)
{
	const char *c = text;

	while (*c > ' ' && *c < 0x7f)
		c++;
	return *c == '\0' && c != text && (size_t)(c - text) <= TOKEN_MAX;
}

/* Copy what ${value} has of text into ${to}, a line of it at most. */
static void
copy_text(const json_t *value, char to[GRANT_TEXT_MAX])
{
	const char *text = json_string_value(value);

	if (text == NULL)
		text = "";
	(void)snprintf(
	    to, GRANT_TEXT_MAX, "%.*s", (int)strcspn(text, "\r\n"), text);
}

/* Take the token; without an end it lasts for ${lifetime}, 0 for not at all. */
static enum grant_result
take(const json_t *root, int64_t wall, uint64_t lifetime, struct grant *ret)
{
	const char *token =
	    json_string_value(json_object_get(root, "access_token"));
	double life = life_of(root, wall);
	struct grant grant = { 0 };

	if (token == NULL || !is_token(token))
		return GRANT_GARBAGE;
	if (isnan(life) && lifetime == 0)
		return GRANT_NO_EXPIRY;
	grant.lifetime = isnan(life) ? lifetime : bounded(life);
	if (grant.lifetime == 0)
		return GRANT_PAST;
	grant.refresh_in =
	    bounded(number_of(json_object_get(root, "refresh_in")) * 1e3);
	copy_text(json_object_get(root, "client_id"), grant.client_id);
	copy_text(json_object_get(root, "object_id"), grant.object_id);
	copy_text(json_object_get(root, "msi_res_id"), grant.resource_id);
	if (grant.resource_id[0] == '\0')
		copy_text(
		    json_object_get(root, "mi_res_id"), grant.resource_id);
	if ((grant.token = strdup(token)) == NULL)
		return GRANT_NOMEM;
	*ret = grant;
	return GRANT_OK;
}

/* Wipe what secrets of ${root} the library would free as they are. */
static void
wipe(const json_t *root)
{
	static const char *const keys[] = { "access_token", "refresh_token",
		"id_token" };
	const char *text;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		text = json_string_value(json_object_get(root, keys[i]));
		if (text != NULL)
			explicit_bzero((void *)(uintptr_t)text, strlen(text));
	}
}

enum grant_result
grant_read(const char *body, size_t len, int64_t wall, struct grant *ret)
{
	return grant_read_lasting(body, len, wall, 0, ret);
}

enum grant_result
grant_read_lasting(const char *body, size_t len, int64_t wall,
    uint64_t lifetime, struct grant *ret)
{
	json_t *root = json_loadb(body, len, 0, NULL);
	enum grant_result result = GRANT_GARBAGE;

	if (json_is_object(root))
		result = take(root, wall, lifetime, ret);
	wipe(root);
	json_decref(root);
	return result;
}

void
grant_release(struct grant *grant)
{
	if (grant->token != NULL)
		explicit_bzero(grant->token, strlen(grant->token));
	free(grant->token);
	*grant = (struct grant){ 0 };
}

void
grant_read_error(const char *body, size_t len, struct grant_error *ret)
{
	json_t *root = json_loadb(body, len, 0, NULL);
	const json_t *error = json_object_get(root, "error"), *codes;
	double code;
	size_t i;

	*ret = (struct grant_error){ 0 };
	copy_text(error, ret->error);
	copy_text(json_object_get(root, "error_description"), ret->description);
	if (json_is_object(error)) {
		copy_text(json_object_get(error, "code"), ret->error);
		copy_text(json_object_get(error, "message"), ret->description);
	}
	if (ret->description[0] == '\0')
		copy_text(json_object_get(root, "message"), ret->description);
	codes = json_object_get(root, "error_codes");
	for (i = 0;
	     i < json_array_size(codes) && ret->codes_len < GRANT_CODES_MAX;
	     i++) {
		code = number_of(json_array_get(codes, i));
		if (code >= 1 && code <= 1e9)
			ret->codes[ret->codes_len++] = (long)code;
	}
	json_decref(root);
}
