/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/wipe.h"
#include "packaging/azure/extension/settings.h"

#define WARN_AFTER "warnAfterMinutes"
#define LABELS "externalLabels"

/* A setting that is text: where it may stand, and where it goes. */
struct text_setting {
	const char *name;
	bool in_public, in_protected;
	size_t at; /* In struct settings. */
};

#define AT(field_) offsetof(struct settings, field_)
static const struct text_setting texts[] = {
	{ "ingestionUrl", true, false, AT(ingestion_url) },
	{ "clientId", true, false, AT(client_id) },
	{ "tenantId", true, false, AT(tenant_id) },
	{ "cloud", true, false, AT(cloud) },
	{ "dataDir", true, false, AT(data_dir) },
	{ "access", true, false, AT(access) },
	{ "configuration", true, true, AT(configuration) },
	{ "clientSecret", false, true, AT(client_secret) },
	{ "clientCertificate", false, true, AT(client_certificate) },
	{ "clientCertificatePassword", false, true,
	    AT(client_certificate_password) },
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static char **
text_of(struct settings *settings, const struct text_setting *text)
{
	return (char **)(void *)((char *)settings + text->at);
}

/* Note what is wrong; always -1. */
static int __attribute__((format(printf, 2, 3)))
fail(struct settings *settings, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(settings->wrong, sizeof(settings->wrong), format, args);
	va_end(args);
	return -1;
}

static int
take_text(struct settings *settings, const struct text_setting *text,
    const json_t *value)
{
	char **to = text_of(settings, text);

	if (!json_is_string(value))
		return fail(settings, "%s must be a text", text->name);
	if (json_string_length(value) > SETTINGS_TEXT_MAX)
		return fail(settings, "%s is longer than %u bytes", text->name,
		    SETTINGS_TEXT_MAX);
	if (*to != NULL)
		return fail(settings,
		    "%s is given twice, public and protected; leave one",
		    text->name);
	/* Portals write "" for what was left empty. */
	if (json_string_length(value) == 0)
		return 0;
	*to = strdup(json_string_value(value));
	return *to == NULL ? fail(settings, "no memory") : 0;
}

static int
take_labels(struct settings *settings, json_t *value)
{
	const char *name;
	json_t *label;

	if (!json_is_object(value) ||
	    json_object_size(value) > SETTINGS_LABELS_MAX)
		return fail(settings,
		    LABELS " must be an object of at most %u labels",
		    SETTINGS_LABELS_MAX);
	json_object_foreach(value, name, label)
	{
		if (!json_is_string(label) ||
		    json_string_length(label) > SETTINGS_TEXT_MAX)
			return fail(
			    settings, "each of " LABELS " must be a text");
	}
	settings->labels = json_incref(value);
	return 0;
}

static int
take_warn_after(struct settings *settings, const json_t *value)
{
	json_int_t minutes = json_integer_value(value);

	if (!json_is_integer(value) || minutes < 1 ||
	    minutes > (json_int_t)SETTINGS_WARN_AFTER_MAX)
		return fail(settings,
		    WARN_AFTER " must be a whole number from 1 to %u",
		    SETTINGS_WARN_AFTER_MAX);
	settings->warn_after = (unsigned)minutes;
	return 0;
}

static const struct text_setting *
find(const char *name)
{
	size_t i;

	for (i = 0; i < TEXTS; i++)
		if (strcmp(texts[i].name, name) == 0)
			return &texts[i];
	return NULL;
}

static int
take(struct settings *settings, const char *name, json_t *value,
    bool is_protected)
{
	const struct text_setting *text = find(name);

	if (json_is_null(value))
		return 0;
	if (text != NULL && is_protected && !text->in_protected)
		return fail(settings,
		    "%s is no secret: move it to the public settings", name);
	if (text != NULL && !is_protected && !text->in_public)
		return fail(settings,
		    "%s is a secret: move it to the protected settings, and "
		    "replace it, since it has been seen",
		    name);
	if (text != NULL)
		return take_text(settings, text, value);
	if (!is_protected && strcmp(name, LABELS) == 0)
		return take_labels(settings, value);
	if (!is_protected && strcmp(name, WARN_AFTER) == 0)
		return take_warn_after(settings, value);
	/* The name of what is protected may be a secret in the wrong place. */
	return is_protected
	    ? fail(settings, "a protected setting has a name that is not known")
	    : fail(settings, "there is no setting %.64s", name);
}

static int
take_all(struct settings *settings, json_t *from, bool is_protected)
{
	const char *name;
	json_t *value;

	if (from == NULL || json_is_null(from))
		return 0;
	if (!json_is_object(from))
		return fail(settings, "%s settings must be an object",
		    is_protected ? "protected" : "public");
	json_object_foreach(from, name, value)
	{
		if (take(settings, name, value, is_protected) != 0)
			return -1;
	}
	return 0;
}

static int
take_plain(struct settings *settings, const struct buf *plain)
{
	json_t *json =
	    json_loadb((const char *)plain->data, plain->len, 0, NULL);
	bool before = settings->configuration != NULL;
	int result;

	if (json == NULL)
		return fail(
		    settings, "what the protected settings hold is not JSON");
	result = take_all(settings, json, true);
	settings->secret = !before && settings->configuration != NULL;
	json_decref(json);
	return result;
}

/* Those that were encrypted, if there are any. */
static int
take_protected(struct settings *settings, const json_t *from,
    settings_open_fn *open, void *arg)
{
	const json_t *value = json_object_get(from, "protectedSettings");
	const char *text = json_string_value(value), *thumbprint, *wrong;
	struct buf plain;
	int result;

	if (value == NULL || json_is_null(value) ||
	    (text != NULL && *text == '\0'))
		return 0;
	thumbprint = json_string_value(
	    json_object_get(from, "protectedSettingsCertThumbprint"));
	if (text == NULL || thumbprint == NULL)
		return fail(settings,
		    "the protected settings are not a text with the "
		    "thumbprint of a certificate");
	buf_secret(&plain, SETTINGS_MAX);
	if ((wrong = open(arg, text, thumbprint, &plain)) != NULL)
		result = fail(settings,
		    "the protected settings cannot be opened: %s", wrong);
	else
		result = take_plain(settings, &plain);
	buf_release(&plain);
	return result;
}

/* Whether one is given that a configuration of walship would say itself. */
static bool
has_parts(const struct settings *settings)
{
	return settings->client_id != NULL || settings->tenant_id != NULL ||
	    settings->cloud != NULL || settings->data_dir != NULL ||
	    settings->labels != NULL;
}

/* Whether the key in ${pem} is; of PFX walship itself finds out. */
static bool
is_encrypted(const char *pem)
{
	return pem != NULL &&
	    (strstr(pem, "BEGIN ENCRYPTED PRIVATE KEY") != NULL ||
		strstr(pem, "Proc-Type: 4,ENCRYPTED") != NULL);
}

/* Whether the application of Entra is described in full, or not at all. */
static int
check_application(struct settings *settings)
{
	bool shown = settings->client_secret != NULL ||
	    settings->client_certificate != NULL;

	if (settings->client_secret != NULL &&
	    settings->client_certificate != NULL)
		return fail(settings,
		    "give clientSecret or clientCertificate, not both");
	if (settings->client_certificate_password != NULL &&
	    settings->client_certificate == NULL)
		return fail(settings,
		    "clientCertificatePassword is given, and no "
		    "clientCertificate");
	if (settings->client_certificate_password == NULL &&
	    is_encrypted(settings->client_certificate))
		return fail(settings,
		    "the key in clientCertificate is encrypted: give "
		    "clientCertificatePassword");
	if (settings->configuration != NULL)
		return 0;
	if (shown &&
	    (settings->client_id == NULL || settings->tenant_id == NULL))
		return fail(settings,
		    "the application of Entra needs clientId and tenantId");
	if (!shown && settings->tenant_id != NULL)
		return fail(settings,
		    "tenantId is of an application of Entra: give the "
		    "protected setting clientSecret or clientCertificate, or "
		    "leave tenantId out for a managed identity");
	return 0;
}

/* Whether they go together. */
static int
check(struct settings *settings)
{
	static const char *const ways[] = { "auto", "group", "acl", "none" };
	size_t i = 0;

	if (settings->configuration != NULL &&
	    (settings->ingestion_url != NULL || has_parts(settings)))
		return fail(settings,
		    "configuration is all of walship.yml: put the other "
		    "settings into it");
	if (settings->configuration == NULL &&
	    settings->ingestion_url == NULL &&
	    (has_parts(settings) || settings->access != NULL ||
		settings->client_secret != NULL ||
		settings->client_certificate != NULL))
		return fail(settings,
		    "ingestionUrl is missing: the metrics ingestion URL of "
		    "the data collection rule");
	while (
	    settings->access != NULL && strcmp(settings->access, ways[i]) != 0)
		if (++i == sizeof(ways) / sizeof(ways[0]))
			return fail(settings,
			    "access must be auto, group, acl or none");
	return check_application(settings);
}

int
settings_decode(struct settings *settings, const void *data, size_t len,
    settings_open_fn *open, void *arg)
{
	const json_t *handler;
	json_t *json;
	int result;

	*settings = (struct settings){ .warn_after = SETTINGS_WARN_AFTER };
	if (len == 0)
		return 0;
	json = json_loadb(data, len, 0, NULL);
	handler = json_object_get(
	    json_array_get(json_object_get(json, "runtimeSettings"), 0),
	    "handlerSettings");
	if (!json_is_object(handler))
		result = fail(settings, "the file is not settings in JSON");
	else if ((result = take_all(settings,
		      json_object_get(handler, "publicSettings"), false)) == 0)
		result = take_protected(settings, handler, open, arg);
	json_decref(json);
	return result == 0 ? check(settings) : result;
}

bool
settings_given(const struct settings *settings)
{
	return settings->ingestion_url != NULL ||
	    settings->configuration != NULL;
}

void
settings_release(struct settings *settings)
{
	size_t i;

	for (i = 0; i < TEXTS; i++)
		wipe_text(*text_of(settings, &texts[i]));
	json_decref(settings->labels);
	*settings = (struct settings){ 0 };
}
