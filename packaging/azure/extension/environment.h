/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/environment.h - HandlerEnvironment.json: where the
 * guest agent keeps what it shares with a handler.
 */
#ifndef PACKAGING_AZURE_EXTENSION_ENVIRONMENT_H
#define PACKAGING_AZURE_EXTENSION_ENVIRONMENT_H

#include <stddef.h>

#define ENVIRONMENT_NAME "HandlerEnvironment.json"
#define ENVIRONMENT_MAX 65536u /* Bytes of the file. */

/* Absolute paths without anything odd in them. */
struct environment {
	char *log_folder;
	char *config_folder;
	char *status_folder;
	char *heartbeat_file; /* NULL: it asks for none. */
};

/**
 * environment_decode(environment, data, len):
 * Read the ${len} bytes at ${data}: an array of one object, or that object.
 * Return what is wrong with it, or NULL; to be released in any case.
 */
const char *environment_decode(
    struct environment *environment, const void *data, size_t len);

/**
 * environment_load(environment, directory):
 * The same of the file in the handler's ${directory}, which is looked at a few
 * times: the agent may be writing it.
 */
const char *environment_load(
    struct environment *environment, const char *directory);

void environment_release(struct environment *environment);

#endif /* PACKAGING_AZURE_EXTENSION_ENVIRONMENT_H */
