/* SPDX-License-Identifier: Apache-2.0 */
/* agent/send/denial.h - why a workspace does not take what it is sent. */
#ifndef AGENT_SEND_DENIAL_H
#define AGENT_SEND_DENIAL_H

#include "agent/config/config.h"
#include "agent/http/http.h"

struct denial {
	const char *words; /* All of it, for the log of one that is held. */
	const char *what;  /* What the answer means, */
	const char *mend;  /* and what to do. */
};

/**
 * denial_of(remote, response):
 * What ${response}, at which ${remote} is held, means, if that is an Azure
 * Monitor workspace, and it is known; else NULL.
 */
const struct denial *denial_of(
    const struct config_remote *remote, const struct http_response *response);

#endif /* AGENT_SEND_DENIAL_H */
