/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/admin/webfile.h"
#include "agent/base/wipe.h"
#include "agent/config/input.h"

#define HASH_LEN 60u /* Letters of a bcrypt hash: "$2y$10$" and 53 more. */

/* What is being read, and from where. */
struct reading {
	struct webfile *webfile;
	const char *path;
};

static void
read_tls(const struct schema_at *at, void *target)
{
	struct reading *reading = target;

	if (schema_is(at, TREE_MAPPING) && at->node->first != NULL)
		reading->webfile->tls = server_tls_read(at, reading->path);
}

/* Headers that can be set, and which values each can have; none: any. */
static const struct header {
	const char *name;
	const char *values[3];
} headers[] = {
	{ "Content-Security-Policy", { NULL } },
	{ "Strict-Transport-Security", { NULL } },
	{ "X-Content-Type-Options", { "nosniff", NULL } },
	{ "X-Frame-Options", { "deny", "sameorigin", NULL } },
	{ "X-XSS-Protection", { NULL } },
};

_Static_assert(sizeof(headers) / sizeof(headers[0]) == WEBFILE_HEADERS_MAX,
    "the room for headers is that for all that can be set");

/* What of ${text} cannot be in a header, or NULL. */
static const char *
header_fault(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	while (*c >= ' ' && *c < 0x7f)
		c++;
	if (*c != '\0')
		return "a line break, or what is not ASCII; remove it";
	return strlen(text) > WEBFILE_HEADER_MAX ? "too long; shorten it"
						 : NULL;
}

/* Have ${webfile} set ${header} to the value at ${at}; "" is none. */
static void
set_header(const struct schema_at *at, const struct header *header,
    struct webfile *webfile)
{
	struct webfile_header *set = &webfile->headers[webfile->headers_len];
	const char *fault;

	if (!schema_is(at, TREE_SCALAR) || at->node->text[0] == '\0')
		return;
	if (header->values[0] != NULL && schema_choice(at, header->values) < 0)
		return;
	if ((fault = header_fault(at->node->text)) != NULL) {
		schema_fault(at, "%s", fault);
		return;
	}
	set->name = header->name;
	if ((set->value = strdup(at->node->text)) == NULL)
		at->faults->nomem = true;
	else
		webfile->headers_len++;
}

/* Which one it is, its key says. */
static void
read_header(const struct schema_at *at, void *target)
{
	struct reading *reading = target;
	size_t i = 0;

	while (strcmp(headers[i].name, at->key) != 0)
		i++;
	set_header(at, &headers[i], reading->webfile);
}

static const struct schema_key header_keys[] = {
	{ "Content-Security-Policy", read_header, NULL, 0 },
	{ "Strict-Transport-Security", read_header, NULL, 0 },
	{ "X-Content-Type-Options", read_header, NULL, 0 },
	{ "X-Frame-Options", read_header, NULL, 0 },
	{ "X-XSS-Protection", read_header, NULL, 0 },
	{ 0 },
};

static const struct schema_key http_keys[] = {
	{ "http2", schema_ignore_bool, NULL, 0 },
	{ "headers", NULL, header_keys, 0 },
	{ 0 },
};

/* What is wrong with ${hash}, or NULL. */
static const char *
hash_fault(const char *hash)
{
	static const char *const letters =
	    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	unsigned int cost;

	if (strlen(hash) != HASH_LEN || hash[0] != '$' || hash[1] != '2' ||
	    strchr("aby", hash[2]) == NULL || hash[3] != '$' ||
	    strspn(hash + 4, "0123456789") != 2 || hash[6] != '$' ||
	    strspn(hash + 7, letters) != HASH_LEN - 7)
		return "not a bcrypt hash; write what htpasswd -nBC 10 \"\" "
		       "prints after its ':', as $2y$10$ and 53 letters more";
	cost =
	    (unsigned int)(hash[4] - '0') * 10 + (unsigned int)(hash[5] - '0');
	if (cost < WEBFILE_COST_MIN || cost > WEBFILE_COST_MAX)
		return "a hash whose cost is not from 4 to 14: to compare it "
		       "takes too long; make one with htpasswd -nBC 10 \"\"";
	return NULL;
}

/* Add the user at ${at}, whose key is his name. */
static void
add_user(const struct schema_at *at, struct webfile *webfile)
{
	struct webfile_user *user = &webfile->users[webfile->users_len];
	const char *name = at->node->key->text, *fault;

	if (!schema_is(at, TREE_SCALAR))
		return;
	if (webfile->users_len == WEBFILE_USERS_MAX) {
		schema_fault_key(at,
		    "more than %u users; have them show certificates instead",
		    WEBFILE_USERS_MAX);
		return;
	}
	if (strlen(name) > WEBFILE_USER_MAX || strchr(name, ':') != NULL)
		schema_fault_key(at,
		    "too long for a user's name, or with a ':', which ends "
		    "it; choose another");
	if ((fault = hash_fault(at->node->text)) != NULL) {
		schema_fault(at, "%s", fault);
		return;
	}
	user->name = strdup(name);
	user->hash = strdup(at->node->text);
	webfile->users_len++;
	if (user->name == NULL || user->hash == NULL)
		at->faults->nomem = true;
}

static void
read_users(const struct schema_at *at, void *target)
{
	struct schema_at user = { .up = at, .faults = at->faults };
	struct reading *reading = target;

	if (!schema_is(at, TREE_MAPPING))
		return;
	for (user.node = at->node->first; user.node != NULL;
	     user.node = user.node->next) {
		user.key = user.node->key->text;
		add_user(&user, reading->webfile);
	}
}

static void
read_interval(const struct schema_at *at, void *target)
{
	struct reading *reading = target;

	schema_limit(at, &reading->webfile->rate_interval);
}

static void
read_burst(const struct schema_at *at, void *target)
{
	struct reading *reading = target;

	schema_ceiling(at, &reading->webfile->rate_burst);
}

static const struct schema_key rate_keys[] = {
	{ "interval", read_interval, NULL, 0 },
	{ "burst", read_burst, NULL, 0 },
	{ 0 },
};

static const struct schema_key root_keys[] = {
	{ "tls_server_config", read_tls, NULL, 0 },
	{ "http_server_config", NULL, http_keys, 0 },
	{ "basic_auth_users", read_users, NULL, 0 },
	{ "rate_limit", NULL, rate_keys, 0 },
	{ 0 },
};

/* Fill ${webfile} with what ${root}, of ${path}, says. */
static void
read_root(const struct tree_node *root, const char *path,
    struct webfile *webfile, struct fault_list *faults)
{
	const struct schema_at at = { .node = root, .faults = faults };
	const struct schema_at rate = schema_child(&at, "rate_limit");
	struct reading reading = { .webfile = webfile, .path = path };

	if (root->kind == TREE_NULL)
		return;
	schema_mapping(&at, root_keys, &reading);
	if (webfile->rate_interval > 0 && webfile->rate_burst == 0)
		schema_fault_key(&rate,
		    "without a burst of at least 1 no request is ever "
		    "answered; add one, as burst: 20");
}

struct webfile *
webfile_parse(const char *path, const char *text, size_t len, struct buf *notes,
    struct buf *faults)
{
	struct fault_list noted = { 0 }, list = { .notes = &noted };
	struct tree_node *root = NULL;
	struct webfile *webfile;

	if ((webfile = calloc(1, sizeof(*webfile))) == NULL)
		list.nomem = true;
	else if (len > WEBFILE_MAX)
		fault_add(
		    &list, 1, 1, "more than %u bytes; shorten it", WEBFILE_MAX);
	else
		root = tree_parse(text, len, &list);
	if (root != NULL)
		read_root(root, path, webfile, &list);
	tree_free(root);
	if (notes != NULL && !fault_none(&noted))
		fault_write(&noted, path, notes);
	if (!fault_none(&list)) {
		fault_write(&list, path, faults);
		webfile_free(webfile);
		webfile = NULL;
	}
	fault_release(&noted);
	fault_release(&list);
	return webfile;
}

struct webfile *
webfile_load(const char *path, struct buf *notes, struct buf *faults)
{
	struct webfile *webfile = NULL;
	struct buf text;

	buf_secret(&text, WEBFILE_MAX + INPUT_BLOCK);
	if (input_read(path,
		"write one, or remove web.config_file from the configuration",
		&text, faults) == 0)
		webfile = webfile_parse(
		    path, buf_text(&text), text.len, notes, faults);
	buf_release(&text);
	return webfile;
}

bool
webfile_check(const char *path, struct buf *notes, struct buf *faults)
{
	struct webfile *webfile;

	if (*path == '\0')
		return true;
	webfile = webfile_load(path, notes, faults);
	webfile_free(webfile);
	return webfile != NULL;
}

struct webfile *
webfile_share(struct webfile *webfile)
{
	if (webfile != NULL)
		webfile->shares++;
	return webfile;
}

void
webfile_free(struct webfile *webfile)
{
	size_t i;

	if (webfile == NULL)
		return;
	if (webfile->shares > 0) {
		webfile->shares--;
		return;
	}
	server_tls_free(webfile->tls);
	for (i = 0; i < webfile->users_len; i++) {
		free(webfile->users[i].name);
		wipe_text(webfile->users[i].hash);
	}
	for (i = 0; i < webfile->headers_len; i++)
		free(webfile->headers[i].value);
	free(webfile);
}

bool
webfile_vouches(const struct webfile *webfile)
{
	return webfile != NULL &&
	    (webfile->users_len > 0 ||
		(webfile->tls != NULL && server_tls_verifies(webfile->tls)));
}

const char *
webfile_header(const struct webfile *webfile, const char *name)
{
	size_t i;

	for (i = 0; webfile != NULL && i < webfile->headers_len; i++)
		if (strcmp(webfile->headers[i].name, name) == 0)
			return webfile->headers[i].value;
	return NULL;
}
