/* SPDX-License-Identifier: Apache-2.0 */
/* agent/options.h - the options of commands that go by the configuration. */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#define OPTIONS_CONFIG "/etc/walship/walship.yml" /* Unless -c is given. */

/**
 * options_read(argc, argv, usage, ret_status):
 * Take -c and --help of the command ${argv}[0], whose text of use is ${usage}.
 * Return the path of the configuration; or NULL, with all said, if the command
 * is to end with ${ret_status}.
 */
const char *options_read(
    int argc, char **argv, const char *usage, int *ret_status);

/* The same of a command that takes the path without -c as well. */
const char *options_read_file(
    int argc, char **argv, const char *usage, int *ret_status);

#endif /* AGENT_OPTIONS_H */
