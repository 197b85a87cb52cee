/* SPDX-License-Identifier: Apache-2.0 */
/* agent/ship/denial.h - why a workspace does not take what it is sent. */
#ifndef AGENT_SHIP_DENIAL_H
#define AGENT_SHIP_DENIAL_H

#include "agent/config/config.h"
#include "agent/http/http.h"

/**
 * denial_words(remote, response):
 * What ${response}, at which ${remote} is held, means and what to do, if that
 * is an Azure Monitor workspace, and it is known; else NULL.
 */
const char *denial_words(
    const struct config_remote *remote, const struct http_response *response);

#endif /* AGENT_SHIP_DENIAL_H */
