/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/admin/webfile.h"
#include "agent/doctor/doctor.h"
#include "agent/doctor/exam.h"
#include "agent/doctor/keeping.h"
#include "agent/doctor/origin.h"
#include "agent/doctor/pass.h"
#include "agent/doctor/readback.h"
#include "agent/doctor/role.h"
#include "agent/doctor/series.h"
#include "agent/doctor/view.h"
#include "agent/doctor/wire.h"
#include "agent/prometheus/effective.h"

enum step_name {
	CONFIGURATION,
	PROMETHEUS,
	PERMISSION,
	STATE,
	SPOOL,
	DISK,
	MACHINE,
	NAMES,
	ADDRESS,
	PROXY,
	CONNECTION,
	CLOCK,
	TOKEN,
	ROLE,
	READBACK,
	SAMPLES,
	LIMITS,
	LABELS,
	HOST,
	SENDERS,
	STEPS,
};

#define NEEDS(step_) (1u << (step_))

/* The steps, in their order.  From NAMES to LABELS, one for each destination. */
static const struct step {
	const char *name;
	exam_look_fn *look;
	uint32_t needs; /* Set of steps that must not have failed. */
} steps[STEPS] = {
	[CONFIGURATION] = { "configuration", origin_configuration, 0 },
	[PROMETHEUS] = { "prometheus", origin_prometheus,
	    NEEDS(CONFIGURATION) },
	[PERMISSION] = { "permission", origin_permission,
	    NEEDS(CONFIGURATION) | NEEDS(PROMETHEUS) },
	[STATE] = { "state", keeping_state, NEEDS(CONFIGURATION) },
	[SPOOL] = { "spool", keeping_spool,
	    NEEDS(CONFIGURATION) | NEEDS(PERMISSION) | NEEDS(STATE) },
	[DISK] = { "disk", keeping_disk, NEEDS(CONFIGURATION) | NEEDS(STATE) },
	[MACHINE] = { "machine", origin_machine, NEEDS(CONFIGURATION) },
	[NAMES] = { "names", wire_names, 0 },
	[ADDRESS] = { "address", wire_address, NEEDS(NAMES) },
	[PROXY] = { "proxy", wire_proxy, 0 },
	[CONNECTION] = { "connection", wire_connection,
	    NEEDS(NAMES) | NEEDS(PROXY) },
	[CLOCK] = { "clock", wire_clock, NEEDS(CONNECTION) },
	[TOKEN] = { "token", pass_token, 0 },
	[ROLE] = { "role", pass_role, NEEDS(CONNECTION) | NEEDS(TOKEN) },
	[READBACK] = { "read-back", readback_look, NEEDS(ROLE) },
	[SAMPLES] = { "samples", series_samples, NEEDS(PERMISSION) },
	[LIMITS] = { "limits", series_limits, NEEDS(SAMPLES) },
	[LABELS] = { "labels", series_labels, NEEDS(SAMPLES) },
	[HOST] = { "host label", series_host, NEEDS(CONFIGURATION) },
	[SENDERS] = { "other senders", senders_look, NEEDS(CONFIGURATION) },
};

struct doctor {
	const struct doctor_options *options;
	struct exam exam;
	uint32_t failed; /* Set of steps that did, or were skipped for one. */
};

/* The first step that ${step} needs and that failed, or NULL. */
static const struct step *
hindrance(const struct doctor *doctor, const struct step *step)
{
	unsigned int i;

	for (i = 0; i < STEPS; i++)
		if ((step->needs & doctor->failed & NEEDS(i)) != 0)
			return &steps[i];
	return NULL;
}

/* Take the step ${number}, and tell of it. */
static void
take(struct doctor *doctor, enum step_name number)
{
	const struct step *step = &steps[number];
	const struct step *before = hindrance(doctor, step);
	struct exam *exam = &doctor->exam;
	struct finding finding = { 0 };

	doctor->failed &= ~NEEDS(number);
	if (before != NULL)
		finding_skip(&finding, "because of %s", before->name);
	else if (clock_monotonic(exam->clock) >= exam->deadline)
		finding_skip(&finding,
		    "because all before took more than %u seconds",
		    EXAM_SECONDS);
	else
		step->look(exam, &finding);
	if (finding.result == FINDING_FAIL || before != NULL)
		doctor->failed |= NEEDS(number);
	doctor->options->tell(doctor->options->arg, step->name,
	    exam->remote != NULL ? exam->remote->name : NULL, &finding);
}

/* Take the steps from ${first} to ${last}. */
static void
take_all(struct doctor *doctor, enum step_name first, enum step_name last)
{
	unsigned int i;

	for (i = first; i <= (unsigned int)last; i++)
		take(doctor, (enum step_name)i);
}

/* Read the configuration; -1 if there is no memory. */
static int
load(struct exam *exam)
{
	struct buf faults;
	int result = 0;

	buf_init(&faults, EXAM_FAULTS_MAX);
	exam->config = effective_load(exam->path, &faults);
	if (exam->config != NULL &&
	    !webfile_check(exam->config->web_file, NULL, &faults)) {
		config_free(exam->config);
		exam->config = NULL;
	}
	if (exam->config == NULL) {
		exam->faults = strdup(buf_text(&faults));
		result = exam->faults == NULL ? -1 : 0;
	} else if (asprintf(&exam->wal_dir, "%s/wal", exam->config->data_dir) ==
	    -1) {
		exam->wal_dir = NULL;
		result = -1;
	}
	buf_release(&faults);
	return result;
}

/* The state directory of the configuration, to be freed; or NULL. */
static char *
find_state_dir(const struct exam *exam)
{
	struct buf faults;
	char *state_dir;

	buf_init(&faults, EXAM_FAULTS_MAX);
	state_dir = config_state_dir(exam->path, &faults);
	buf_release(&faults);
	return state_dir;
}

/* The walship that runs with the configuration, as the owner of its state. */
static const struct instance *
find_running(const struct exam *exam, const char *state_dir)
{
	struct stat st;

	if (state_dir == NULL || stat(state_dir, &st) != 0)
		return NULL;
	return instances_with(&exam->walships, exam->path, st.st_uid);
}

/* See as the service does: be its user, and if it runs, enter its view. */
static int
see_as_service(struct doctor *doctor, const char **fault)
{
	static char why[ROLE_FAULT_MAX];
	struct exam *exam = &doctor->exam;
	char *state_dir = find_state_dir(exam);
	const struct instance *running = find_running(exam, state_dir);
	struct buf environment;
	struct role role;
	int result;

	buf_secret(&environment, VIEW_ENVIRONMENT_MAX);
	exam->running = running;
	result = role_find(
	    &(struct role_hints){
		.user = doctor->options->user,
		.proc = PROCESS_DIR,
		.running = running != NULL ? running->pid : 0,
		.state_dir = state_dir,
	    },
	    &role, why);
	exam->entered = result == 0 && running != NULL &&
	    view_enter(PROCESS_DIR, running->pid, exam->path, &environment);
	if (result == 0)
		result = role_take(&role, why);
	free(state_dir);
	if (result != 0)
		*fault = why;
	else if (exam->entered && geteuid() == running->user)
		result =
		    view_adopt_others(buf_text(&environment), environment.len);
	buf_release(&environment);
	sight_user(exam->user);
	return result;
}

/* Find out what only root may, then be the service's user; -1 with ${fault}. */
static int
look_around(struct doctor *doctor, const char **fault)
{
	struct exam *exam = &doctor->exam;

	*fault = "out of memory";
	(void)process_list_read(&exam->prometheus, PROCESS_DIR);
	if (instances_read(
		&exam->walships, PROCESS_DIR, doctor->options->usual) != 0 ||
	    senders_read(&exam->senders, &exam->prometheus, &exam->walships,
		exam->path) != 0)
		return -1;
	return see_as_service(doctor, fault);
}

/* Take all steps. */
static void
examine(struct doctor *doctor)
{
	struct exam *exam = &doctor->exam;
	size_t i;

	take_all(doctor, CONFIGURATION, MACHINE);
	for (i = 0; exam->config != NULL && i < exam->config->remotes_len;
	     i++) {
		exam_turn_to(exam, &exam->config->remotes[i]);
		take_all(doctor, NAMES, LABELS);
	}
	exam_turn_to(exam, NULL);
	take_all(doctor, HOST, SENDERS);
}

int
doctor_run(const struct doctor_options *options, const char **fault)
{
	struct doctor doctor = {
		.options = options,
		.exam = {
			.path = options->path,
			.query_url = options->query_url,
			.hosts = options->hosts,
			.facts = options->facts,
		},
	};
	char *path = realpath(options->path, NULL);
	int result;

	/* Other mounts have other working directories. */
	if (path != NULL)
		doctor.exam.path = path;
	result = look_around(&doctor, fault);
	if (result == 0) {
		*fault = "out of memory";
		result = exam_open(&doctor.exam) != 0 ? -1 : load(&doctor.exam);
	}
	if (result == 0)
		examine(&doctor);
	exam_close(&doctor.exam);
	free(path);
	return result;
}
