/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "agent/exit.h"
#include "agent/options.h"

/* As options_read; an operand is the path too, if ${operand}. */
static const char *
read_path(
    int argc, char **argv, const char *usage, bool operand, int *ret_status)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = OPTIONS_CONFIG;
	int option;

	*ret_status = EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			*ret_status = EXIT_OK;
			return NULL;
		default:
			(void)fputs(usage, stderr);
			return NULL;
		}
	if (operand && optind < argc)
		path = argv[optind++];
	if (optind < argc) {
		(void)fprintf(stderr, "walship %s: what is %s?\n\n%s", argv[0],
		    argv[optind], usage);
		return NULL;
	}
	return path;
}

const char *
options_read(int argc, char **argv, const char *usage, int *ret_status)
{
	return read_path(argc, argv, usage, false, ret_status);
}

const char *
options_read_file(int argc, char **argv, const char *usage, int *ret_status)
{
	return read_path(argc, argv, usage, true, ret_status);
}
