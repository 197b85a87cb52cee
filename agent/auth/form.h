/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/form.h - the body of a request as HTML forms have it. */
#ifndef AGENT_AUTH_FORM_H
#define AGENT_AUTH_FORM_H

#include "agent/base/buf.h"

/* The type of such a body. */
#define FORM_HEADER "Content-Type: application/x-www-form-urlencoded"

/* Append the field ${name}, all letters, with ${value}, of any bytes. */
void form_put(struct buf *out, const char *name, const char *value);

#endif /* AGENT_AUTH_FORM_H */
