/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/handler.h - the commands of the guest agent.
 *
 * Each may be killed at any moment and run again: what is done is not done
 * twice, and what was half done is done anew.
 */
#ifndef PACKAGING_AZURE_EXTENSION_HANDLER_H
#define PACKAGING_AZURE_EXTENSION_HANDLER_H

#include "packaging/azure/extension/environment.h"
#include "packaging/azure/extension/files.h"
#include "packaging/azure/extension/outcome.h"

/* What is noted, as state.h says. */
#define HANDLER_UPDATING "updating" /* A newer, or older, handler comes. */
#define HANDLER_CHANGING "changing" /* What runs may not know its files. */
#define HANDLER_LOCK "lock"

#define HANDLER_UPDATE_TIME 3600 /* Seconds that an update may take. */

struct handler {
	const char *root;    /* Of the system; "" but in tests. */
	struct path program; /* This one. */
	struct path dir;     /* Of the handler. */
	struct environment environment;
	int lock; /* Keeps others of us away; -1: not held. */
	struct outcome outcome;
};

/**
 * handler_init(handler, root):
 * Find the handler's directory, and read its environment; open the log.
 * Return -1 with handler->outcome; to be released in any case.
 */
int handler_init(struct handler *handler, const char *root);

void handler_release(struct handler *handler);

/**
 * handler_run(handler, command):
 * Do as the agent's ${command} says: install, enable, disable, update or
 * uninstall.  Return its exit status; handler->outcome says why it failed.
 */
int handler_run(struct handler *handler, const char *command);

#endif /* PACKAGING_AZURE_EXTENSION_HANDLER_H */
