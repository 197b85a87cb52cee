/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/filename.h - the files that a configuration names.
 *
 * Where Prometheus has them: a relative name begins where the configuration
 * lies.  And one that begins with ${CREDENTIALS_DIRECTORY}/ begins where
 * systemd puts what LoadCredential= names.
 */
#ifndef AGENT_CONFIG_FILENAME_H
#define AGENT_CONFIG_FILENAME_H

/**
 * filename_resolve(file, path):
 * Have ${file}, to be freed or NULL, begin so for the configuration ${path}.
 * Return -1 if there is no memory.
 */
int filename_resolve(char **file, const char *path);

#endif /* AGENT_CONFIG_FILENAME_H */
