#!/bin/sh
# Run a command with the project's own tools first on PATH: the Python environment's programs, and the Pulumi
# command line where the set-up had to bring one.
#
# Usage: tools/run.sh COMMAND [ARGUMENT...]
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

if [ "$(cat "$ROOT/.tools/pulumi-source" 2>/dev/null)" = tools ]; then
    PATH="$ROOT/.tools/bin:$PATH"
fi
PATH="$ROOT/.venv/bin:$PATH"

# Nothing here may depend on a network: no look for a newer version, no plugin fetched by itself.
PULUMI_SKIP_UPDATE_CHECK=true
PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
export PATH PULUMI_SKIP_UPDATE_CHECK PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION

exec "$@"
