/* SPDX-License-Identifier: Apache-2.0 */
/* agent/doctor.h - the command "walship doctor". */
#ifndef AGENT_DOCTOR_H
#define AGENT_DOCTOR_H

/*
 * Run with these arguments, "doctor" being the first; return the exit status.
 */
int doctor_command(int argc, char **argv);

#endif /* AGENT_DOCTOR_H */
