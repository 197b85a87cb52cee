/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/base/host.h"
#include "agent/base/log.h"
#include "agent/base/worker.h"
#include "agent/config/url.h"
#include "agent/doctor.h"
#include "agent/doctor/doctor.h"
#include "agent/doctor/exam.h"
#include "agent/doctor/report.h"
#include "agent/exit.h"
#include "agent/machine.h"
#include "agent/options.h"
#include "agent/terminal.h"

#define TEXT_MAX (64u << 10) /* Bytes of what is said of one step. */
#define GRACE 30u /* Seconds that a disk may add to those of all steps. */

static const char usage[] =
    "Usage: walship doctor [-c FILE] [--json] [--user USER] [--hosts N]\n"
    "                      [--query-url URL]\n"
    "\n"
    "Try each thing that must work, in the order in which things fail: the\n"
    "configuration, Prometheus and its data, the spool, the disk, the way to "
    "each\n"
    "receiver, the token, a sample of walship_doctor_probe, and what the log "
    "has to\n"
    "send.  Say of each what was found, and what to do about it.  Run as root, "
    "it\n"
    "sees with the eyes of the user that walship runs as.\n"
    "\n"
    "  -c, --config FILE  the configuration; " OPTIONS_CONFIG " if not given\n"
    "  -j, --json         say it as JSON\n"
    "  -n, --hosts N      how many hosts like this one there are\n"
    "  -q, --query-url URL\n"
    "                     look for the probe there, Prometheus's query API\n"
    "  -u, --user USER    whose eyes to see with\n"
    "  -h, --help         this text\n"
    "\n"
    "Exit status: 0 nothing fails, 1 something does, 2 usage.\n";

/* What is printed, and how. */
struct print {
	struct report report;
	bool json;
};

static void
print_step(void *arg, const char *step, const char *destination,
    const struct finding *finding)
{
	struct print *print = arg;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (print->json)
		report_object(
		    &print->report, step, destination, finding, &text);
	else
		report_line(&print->report, step, destination, finding, &text);
	terminal_print(buf_text(&text), stdout);
	(void)fflush(stdout);
	buf_release(&text);
}

static void
print_end(const struct print *print)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (print->json)
		report_end_object(&print->report, &text);
	else
		report_end(&print->report, &text);
	(void)fputs(buf_text(&text), stdout);
	buf_release(&text);
}

static void
facts_known(void *arg)
{
	*(bool *)arg = true;
}

/* An exam_facts_fn: as the agent asks. */
static bool
ask_facts(struct exam *exam, struct facts *ret)
{
	struct worker *worker = worker_thread_new(exam->event);
	const struct facts *facts = NULL;
	struct machine *machine = NULL;
	bool known = false;

	if (worker != NULL)
		machine = machine_new(&(struct machine_options){
		    .clock = exam->clock,
		    .worker = worker,
		    .http = exam->http,
		    .paths = &endpoint_paths,
		    .state_dir = exam->config->state_dir,
		    .host = host_number(HOST_MACHINE_ID),
		    .known = facts_known,
		    .arg = &known,
		});
	if (machine != NULL && (facts = machine_facts(machine)) == NULL &&
	    exam_wait(exam, &known, exam_until(exam, EXAM_FACTS_TIME)))
		facts = machine_facts(machine);
	if (facts != NULL)
		*ret = *facts;
	machine_free(machine);
	(void)worker_thread_free(worker);
	return facts != NULL;
}

/* A disk that does not answer has held us up beyond all time. */
static void
give_up(int signal_number)
{
	static const char text[] = "\nwalship doctor: a disk does not answer: "
				   "see dmesg\n";

	(void)signal_number;
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_RUN);
}

/* Have the parts of the agent that are used say nothing by themselves. */
static void
be_quiet(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null != -1)
		log_to(null);
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGALRM, give_up);
	(void)alarm(EXAM_SECONDS + GRACE);
}

/* Read the number of hosts; false if it is none. */
static bool
read_hosts(const char *text, uint32_t *ret)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || number == 0 ||
	    number > DOCTOR_HOSTS_MAX) {
		(void)fprintf(stderr,
		    "walship doctor: --hosts is a number from 1 to %u\n",
		    DOCTOR_HOSTS_MAX);
		return false;
	}
	*ret = (uint32_t)number;
	return true;
}

/* Whether ${url} can be asked; said if not. */
static bool
check_url(const char *url)
{
	const char *fault = url_fault(url);

	if (fault != NULL)
		(void)fprintf(
		    stderr, "walship doctor: --query-url: %s\n", fault);
	return fault == NULL;
}

/* Take the option ${option}; false if it cannot be. */
static bool
take(int option, struct doctor_options *options, bool *ret_json)
{
	switch (option) {
	case 'c':
		options->path = optarg;
		return true;
	case 'j':
		*ret_json = true;
		return true;
	case 'n':
		return read_hosts(optarg, &options->hosts);
	case 'q':
		options->query_url = optarg;
		return check_url(optarg);
	case 'u':
		options->user = optarg;
		return true;
	default:
		(void)fputs(usage, stderr);
		return false;
	}
}

int
doctor_command(int argc, char **argv)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "hosts", required_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "query-url", required_argument, NULL, 'q' },
		{ "user", required_argument, NULL, 'u' },
		{ NULL, 0, NULL, 0 },
	};
	struct print print = { 0 };
	struct doctor_options options = {
		.path = OPTIONS_CONFIG,
		.usual = OPTIONS_CONFIG,
		.hosts = 1,
		.facts = ask_facts,
		.tell = print_step,
		.arg = &print,
	};
	const char *fault;
	int option;

	while ((option = getopt_long(argc, argv, "c:hjn:q:u:", known, NULL)) !=
	    -1) {
		if (option == 'h') {
			(void)fputs(usage, stdout);
			return EXIT_OK;
		}
		if (!take(option, &options, &print.json))
			return EXIT_USAGE;
	}
	if (optind < argc) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	be_quiet();
	if (doctor_run(&options, &fault) != 0) {
		(void)fprintf(stderr, "walship doctor: %s\n", fault);
		return EXIT_RUN;
	}
	print_end(&print);
	return print.report.results[FINDING_FAIL] > 0 ? EXIT_RUN : EXIT_OK;
}
