#!/bin/sh
# Set up everything the project needs in this repository: the Python environment (.venv) and the Pulumi
# command line (.tools/bin, unless a good one is on PATH). A second run finds all in place: about a second,
# no network.
#
# Usage: tools/setup.sh [--tests]
#   --tests   also what only the tests need: curl and a browser
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

case "${1-}" in
'' | --tests) ;;
*)
    printf 'usage: tools/setup.sh [--tests]\n' >&2
    exit 2
    ;;
esac

"$ROOT/tools/setup-python.sh"
"$ROOT/tools/setup-pulumi.sh"
if [ "${1-}" = --tests ]; then
    "$ROOT/tools/setup-curl.sh"
    "$ROOT/tools/setup-browser.sh"
fi
