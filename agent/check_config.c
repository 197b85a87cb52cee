/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/admin/webfile.h"
#include "agent/check_config.h"
#include "agent/config/config.h"
#include "agent/exit.h"
#include "agent/options.h"
#include "agent/prometheus/effective.h"
#include "agent/terminal.h"

#define TEXT_MAX (512u << 10) /* Bytes of all that is said. */

static const char usage[] =
    "Usage: walship check-config [-c FILE | FILE]\n"
    "\n"
    "Read the configuration as \"walship run\" would, and say all that is "
    "wrong\n"
    "with it, each fault with line and column, and what has no effect.  "
    "Nothing\n"
    "is started and nobody is asked.\n"
    "\n"
    "  -c, --config FILE  the configuration; " OPTIONS_CONFIG " if not given\n"
    "  -h, --help         this text\n"
    "\n"
    "Exit status: 0 it is good, 1 it is not, 2 usage.\n";

/* Append to ${text} what ${config}, from ${path}, comes to. */
static void
describe(const struct config *config, const char *path, struct buf *text)
{
	const struct config_remote *remote;
	bool named;
	size_t i;

	for (i = 0; i < config->warnings_len; i++)
		buf_printf(text, "%s\n", config->warnings[i]);
	buf_printf(text, "%s: good; what is in %s/wal goes to:\n", path,
	    config->data_dir);
	for (i = 0; i < config->remotes_len; i++) {
		remote = &config->remotes[i];
		named = strcmp(remote->name, remote->shown_url) != 0;
		buf_printf(text, "  %s%s%s\n", named ? remote->name : "",
		    named ? ": " : "", remote->shown_url);
	}
	buf_printf(text, "positions are kept in %s, what is held in %s\n",
	    config->state_dir, config->spool.dir);
}

int
check_config_command(int argc, char **argv)
{
	struct config *config;
	struct buf text;
	const char *path;
	int status;

	if ((path = options_read_file(argc, argv, usage, &status)) == NULL)
		return status;
	buf_init(&text, TEXT_MAX);
	config = effective_load(path, &text);
	if (config != NULL && !webfile_check(config->web_file, &text, &text)) {
		config_free(config);
		config = NULL;
	}
	if (config != NULL)
		describe(config, path, &text);
	terminal_print(buf_text(&text), stdout);
	buf_release(&text);
	status = config != NULL ? EXIT_OK : EXIT_RUN;
	config_free(config);
	return status;
}
