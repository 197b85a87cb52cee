/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/webfile.h - who may ask the admin server, and how: the file that
 * web.config_file names.
 *
 * It is that of Prometheus and its exporters, with the same keys and defaults:
 * TLS, users with bcrypt's hashes of their passwords, headers and a rate of
 * requests.  Names of files in it begin where it lies.  Of a key that is not
 * known, of a certificate that cannot be read, of a hash that is none and of
 * all else that would not do, there is a fault.  What was read never changes.
 */
#ifndef AGENT_ADMIN_WEBFILE_H
#define AGENT_ADMIN_WEBFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/admin/server_tls.h"
#include "agent/base/buf.h"

#define WEBFILE_MAX (1u << 20)   /* Bytes of the file. */
#define WEBFILE_USERS_MAX 64u    /* Of basic_auth_users. */
#define WEBFILE_USER_MAX 256u    /* Bytes of a user's name. */
#define WEBFILE_COST_MIN 4u      /* Of a hash, as bcrypt counts it: each */
#define WEBFILE_COST_MAX 14u     /* doubles the time; 14 is a second. */
#define WEBFILE_HEADERS_MAX 5u   /* Those that can be set. */
#define WEBFILE_HEADER_MAX 1024u /* Bytes of a value. */

/* A user, and what his password is compared with. */
struct webfile_user {
	char *name, *hash;
};

/* A header of every answer. */
struct webfile_header {
	const char *name; /* Of a table. */
	char *value;
};

struct webfile {
	struct server_tls *tls; /* NULL: what is said is not encrypted. */
	struct webfile_user users[WEBFILE_USERS_MAX]; /* None: no password. */
	size_t users_len;
	struct webfile_header headers[WEBFILE_HEADERS_MAX];
	size_t headers_len;
	uint64_t rate_interval; /* Microseconds a request; 0: no limit. */
	uint32_t rate_burst;    /* Requests at once. */
	unsigned int shares;    /* Holders besides the first. */
};

/**
 * webfile_load(path, notes, faults):
 * Read ${path}.  Return what it says, or NULL with at least one line in
 * ${faults}, as config_load has them.  Lines of what has no effect are appended
 * to ${notes}, which may be NULL.
 */
struct webfile *webfile_load(
    const char *path, struct buf *notes, struct buf *faults);

/* The same of the ${len} bytes at ${text}, with ${path} for the messages. */
struct webfile *webfile_parse(const char *path, const char *text, size_t len,
    struct buf *notes, struct buf *faults);

/**
 * webfile_check(path, notes, faults):
 * Whether what ${path} says will do; "" says nothing, and will.
 */
bool webfile_check(const char *path, struct buf *notes, struct buf *faults);

/* ${webfile}, for one more holder; NULL of NULL. */
struct webfile *webfile_share(struct webfile *webfile);

/* Free ${webfile} if this is its last holder.  Do nothing to NULL. */
void webfile_free(struct webfile *webfile);

/* Whether whoever is answered has shown who he is; NULL: no. */
bool webfile_vouches(const struct webfile *webfile);

/* The value of the header ${name} in every answer; NULL if none is set. */
const char *webfile_header(const struct webfile *webfile, const char *name);

#endif /* AGENT_ADMIN_WEBFILE_H */
