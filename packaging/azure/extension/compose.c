/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/text.h"
#include "packaging/azure/extension/compose.h"

#define OURS \
	"# Written by walship's extension from its settings; edit those " \
	"instead."
#define MARK OURS "  SHA-256 "
#define MARK_LEN (sizeof(MARK) - 1)
#define SUM_LEN (2u * 32u) /* Digits of that, of all lines that follow. */
#define FITTED "# From walship-setup, which takes this away with --undo.\n"
#define FITTED_LEN (sizeof(FITTED) - 1)
#define FIRST_LEN (MARK_LEN + SUM_LEN + 1)

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

/* Append the SHA-256 of the ${len} bytes at ${data}; false if there is none. */
static bool
put_sum(struct buf *out, const void *data, size_t len)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned size, i;

	if (EVP_Digest(data, len, sum, &size, EVP_sha256(), NULL) != 1)
		return false;
	for (i = 0; i < size; i++)
		buf_printf(out, "%02x", sum[i]);
	return true;
}

/* What comes below the first line. */
static void
put_body(const struct settings *settings, const char *data_dir, struct buf *out)
{
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

void
compose(const struct settings *settings, const char *data_dir, struct buf *out)
{
	struct buf body;

	buf_secret(&body, COMPOSE_MAX);
	put_body(settings, data_dir, &body);
	buf_puts(out, MARK);
	if (body.bad || !put_sum(out, buf_text(&body), body.len))
		out->bad = true;
	buf_putc(out, '\n');
	buf_put(out, buf_text(&body), body.len);
	buf_release(&body);
}

bool
compose_is_ours(const void *data, size_t len)
{
	/* The first versions wrote no sum. */
	return len >= sizeof(OURS) - 1 &&
	    memcmp(data, OURS, sizeof(OURS) - 1) == 0;
}

bool
compose_is_in(const void *data, size_t len, struct buf *text)
{
	const char *more;

	if (len < text->len || memcmp(data, text->data, text->len) != 0)
		return false;
	more = (const char *)data + text->len;
	len -= text->len;
	return len == 0 ||
	    (len > 2 * FITTED_LEN && *more == '\n' &&
		memcmp(more + 1, FITTED, FITTED_LEN) == 0 &&
		memcmp(more + len - FITTED_LEN, FITTED, FITTED_LEN) == 0);
}

bool
compose_is_unchanged(const void *data, size_t len)
{
	const char *text = data;
	struct buf sum;
	bool same;

	if (len < FIRST_LEN || memcmp(data, MARK, MARK_LEN) != 0 ||
	    text[FIRST_LEN - 1] != '\n')
		return false;
	buf_init(&sum, SUM_LEN);
	same = put_sum(&sum, text + FIRST_LEN, len - FIRST_LEN) &&
	    memcmp(text + MARK_LEN, buf_text(&sum), SUM_LEN) == 0;
	buf_release(&sum);
	return same;
}
