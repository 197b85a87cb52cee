/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/base/text.h"
#include "packaging/azure/extension/compose.h"

#define MARK \
	"# Written by walship's extension from its settings; edit those " \
	"instead.\n"

static void
put_line(struct buf *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, "%s: ", key);
	text_put_quoted(out, value);
	buf_putc(out, '\n');
}

static void
put_labels(struct buf *out, const struct settings *settings)
{
	const char *name;
	json_t *value;

	buf_puts(out, "external_labels:\n");
	if (settings->labels == NULL) {
		put_line(out, "  host", "${HOSTNAME}");
		return;
	}
	if (json_object_size(settings->labels) == 0)
		buf_puts(out, "  {}\n");
	json_object_foreach(settings->labels, name, value)
	{
		buf_puts(out, "  ");
		text_put_quoted(out, name);
		buf_puts(out, ": ");
		text_put_quoted(out, json_string_value(value));
		buf_putc(out, '\n');
	}
}

/* Who this machine is to Entra. */
static void
put_identity(struct buf *out, const struct settings *settings)
{
	const char *in = "        ";

	buf_puts(out, "    azuread:\n");
	put_line(out, "      cloud", settings->cloud);
	if (settings->client_secret == NULL &&
	    settings->client_certificate == NULL) {
		if (settings->client_id == NULL) {
			buf_puts(out, "      managed_identity: {}\n");
			return;
		}
		buf_puts(out, "      managed_identity:\n");
		buf_puts(out, in);
		put_line(out, "client_id", settings->client_id);
		return;
	}
	buf_puts(out,
	    settings->client_secret != NULL ? "      oauth:\n"
					    : "      certificate:\n");
	buf_puts(out, in);
	put_line(out, "client_id", settings->client_id);
	buf_puts(out, in);
	put_line(out, "tenant_id", settings->tenant_id);
	if (settings->client_secret != NULL) {
		buf_puts(
		    out, "        client_secret_file: " COMPOSE_SECRET "\n");
		return;
	}
	buf_puts(out, "        certificate_path: " COMPOSE_CERTIFICATE "\n");
	if (settings->client_certificate_password != NULL)
		buf_puts(out,
		    "        certificate_password_file: " COMPOSE_PASSWORD
		    "\n");
}

void
compose(const struct settings *settings, const char *data_dir, struct buf *out)
{
	buf_puts(out, MARK);
	if (settings->configuration != NULL) {
		buf_puts(out, settings->configuration);
		buf_putc(out, '\n');
		return;
	}
	buf_puts(out, "prometheus:\n");
	put_line(out, "  data_dir", data_dir);
	put_labels(out, settings);
	buf_puts(out, "remote_write:\n");
	put_line(out, "  - url", settings->ingestion_url);
	put_identity(out, settings);
}

bool
compose_is_ours(const void *data, size_t len)
{
	return len >= strlen(MARK) && memcmp(data, MARK, strlen(MARK)) == 0;
}
