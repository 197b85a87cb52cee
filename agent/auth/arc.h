/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/arc.h - the proof that Azure Arc's agent asks for.
 *
 * It answers 401, naming a file that only root and the group himds can read:
 *
 *   WWW-Authenticate: Basic realm=/var/opt/azcmagent/tokens/GUID.key
 *
 * and wants what is in it.  Whoever answers in its place could so have any
 * file sent to him: no other directory, name or kind of file is read.
 */
#ifndef AGENT_AUTH_ARC_H
#define AGENT_AUTH_ARC_H

#include <stddef.h>

#include "agent/auth/token.h"

#define ARC_KEY_MAX 4096u /* Bytes of the file. */
#define ARC_PATH_MAX 512u /* Bytes of its name, and the NUL. */

/**
 * arc_path(challenge, directory, ret):
 * Write the file that ${challenge}, the header's value or NULL, names into
 * ${ret}.  Return -1 if it is not a .key in ${directory} itself.
 */
int arc_path(
    const char *challenge, const char *directory, char ret[ARC_PATH_MAX]);

/**
 * arc_read(path, ret, ret_failure, error):
 * Read the key in ${path}, one line, into ${ret}, to be wiped.  Return -1 with
 * why in ${ret_failure}, and in the TOKEN_ERROR_MAX bytes at ${error}.
 */
int arc_read(const char *path, char ret[ARC_KEY_MAX + 1],
    enum token_failure *ret_failure, char *error);

#endif /* AGENT_AUTH_ARC_H */
