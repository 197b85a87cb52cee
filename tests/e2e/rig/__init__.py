# SPDX-License-Identifier: Apache-2.0
"""The rig: real and scripted programs that walship is tested between.

Each file is one idea: programs are found (binaries), started and watched
(processes), described (prometheus, victoria, walship), played (exporter,
receiver, deadends), read back (remote_read, metrics) and compared (series,
compare).  packaging/quickstart.py stands on it as well.
"""
