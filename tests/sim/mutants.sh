#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make mutants: plant every bug of mutants/table.py in a copy of the sources; bfsim must catch them all.
exec /usr/bin/python3 "$(dirname "$0")/mutants.py" --unchanged "$@"
