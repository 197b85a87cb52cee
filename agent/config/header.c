/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/wipe.h"
#include "agent/config/header.h"

/* What walship, libcurl or an authentication sets, as Prometheus lists it. */
static const char *const reserved[] = { "accept-encoding", "authorization",
	"connection", "content-encoding", "content-length", "content-type",
	"host", "keep-alive", "user-agent", "www-authenticate", "x-amz-date",
	"x-amz-content-sha256", "x-amz-security-token",
	"x-prometheus-remote-read-version", "x-prometheus-remote-write-version",
	/* These change how the body is sent, or who reads it. */
	"expect", "te", "trailer", "transfer-encoding", "upgrade" };

static bool
is_reserved(const char *name)
{
	size_t i;

	if (strncasecmp(name, "proxy-", 6) == 0)
		return true;
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcasecmp(name, reserved[i]) == 0)
			return true;
	return false;
}

/* A token of HTTP (RFC 9110, 5.6.2). */
bool
header_is_token(const char *name)
{
	static const char *const allowed = "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789!#$%&'*+-.^_`|~";

	return *name != '\0' && name[strspn(name, allowed)] == '\0' &&
	    strlen(name) <= HEADER_NAME_MAX;
}

const char *
header_value_fault(const char *value)
{
	size_t len = strlen(value), i;

	if (len == 0)
		return "empty; remove it, or give it a value";
	if (len > HEADER_VALUE_MAX)
		return "too long; shorten it to 8192 bytes";
	if (value[0] == ' ' || value[len - 1] == ' ')
		return "a space at the beginning or end; remove it";
	for (i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return "a control character or line break; remove it";
	return NULL;
}

/* The header of that name before ${node}, whatever its capitals. */
static const struct tree_node *
find_before(const struct schema_at *mapping, const struct tree_node *node)
{
	const struct tree_node *other;

	for (other = mapping->node->first; other != node; other = other->next)
		if (strcasecmp(other->key->text, node->key->text) == 0)
			return other;
	return NULL;
}

bool
header_check_name(const struct schema_at *at)
{
	struct schema_at unnamed = *at->up;
	const struct tree_node *twin;

	unnamed.node = at->node;
	if (!header_is_token(at->key))
		schema_fault_key(&unnamed,
		    "not a header name; write 'Name: value', with a space "
		    "after the colon");
	else if (is_reserved(at->key))
		schema_fault_key(at, "set by walship itself; remove it");
	else if ((twin = find_before(at->up, at->node)) != NULL)
		schema_fault_key(at,
		    "the same header as in line %zu; "
		    "keep one of the two",
		    twin->key->line);
	else
		return true;
	return false;
}

/* Read the header at ${at}. */
static void
read_header(const struct schema_at *at, struct config_header *header)
{
	const char *wrong;

	if (!header_check_name(at) || !schema_is(at, TREE_SCALAR))
		return;
	if ((wrong = header_value_fault(at->node->text)) != NULL) {
		schema_fault(at, "%s", wrong);
		return;
	}
	header->name = strdup(at->key);
	header->value = strdup(at->node->text);
	if (header->name == NULL || header->value == NULL)
		at->faults->nomem = true;
}

void
header_read(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct config_remote *remote = target;
	struct config_header *headers;
	size_t len = 0;

	if (!schema_is(at, TREE_MAPPING))
		return;
	headers = calloc(CONFIG_HEADERS_MAX, sizeof(*headers));
	if (headers == NULL) {
		at->faults->nomem = true;
		return;
	}
	remote->headers = headers;
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next) {
		child.key = child.node->key->text;
		if (len == CONFIG_HEADERS_MAX) {
			schema_fault_key(at,
			    "more than %u headers; remove some",
			    CONFIG_HEADERS_MAX);
			break;
		}
		remote->headers_len = len + 1;
		read_header(&child, &headers[len++]);
	}
}

void
header_free(struct config_header *headers, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		free(headers[i].name);
		wipe_text(headers[i].value);
	}
	free(headers);
}
