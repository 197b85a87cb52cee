/* SPDX-License-Identifier: Apache-2.0 */
/* agent/config/input.h - a configuration's file, or why it cannot be read. */
#ifndef AGENT_CONFIG_INPUT_H
#define AGENT_CONFIG_INPUT_H

#include "agent/base/buf.h"

#define INPUT_BLOCK 4096u /* Bytes read at a time. */

/**
 * input_read(path, missing, text, faults):
 * Append the content of ${path} to ${text}, whose ceiling is to be INPUT_BLOCK
 * bytes above the file's; of a larger file no more than shows that it is.
 * Return -1, with "PATH: why, and what to do" in ${faults}, if it cannot be
 * read; ${missing} is what to do if there is no such file.
 */
int input_read(const char *path, const char *missing, struct buf *text,
    struct buf *faults);

#endif /* AGENT_CONFIG_INPUT_H */
