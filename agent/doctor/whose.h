/* SPDX-License-Identifier: Apache-2.0 */
/* agent/doctor/whose.h - whose token it is, as it says itself. */
#ifndef AGENT_DOCTOR_WHOSE_H
#define AGENT_DOCTOR_WHOSE_H

#include "agent/base/buf.h"

#define WHOSE_VALUE_MAX 256u /* Bytes of a claim that is shown. */

/**
 * whose_put(token, out):
 * Append to ${out} what ${token}, a JSON Web Token, says of its owner:
 * "application ..., object ..., tenant ...", and for whom it is; none of it
 * lets anybody in.  Return -1, appending nothing, if it is none, as tokens
 * need not be.
 */
int whose_put(const char *token, struct buf *out);

#endif /* AGENT_DOCTOR_WHOSE_H */
