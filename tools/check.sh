#!/bin/sh
# Run every static check, also after one of them failed, and say at the end which ones did.
# `make check` runs this; `make format` mends what can be mended without thinking.
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$ROOT"

failed=''
check() {
    check_name=$1
    shift
    check_log=$(mktemp)
    if "$@" >"$check_log" 2>&1; then
        printf 'ok      %s\n' "$check_name"
    else
        printf 'FAILED  %s:  %s\n' "$check_name" "$*"
        sed 's/^/        /' "$check_log"
        failed="$failed $check_name"
    fi
    rm -f "$check_log"
}

check format ruff format --check .
check lint ruff check .
check types mypy provider tests tools
check imports lint-imports --config tools/importlinter.ini
check shell shellcheck --external-sources tools/*.sh .ci/run examples/ci/*.sh

if [ -n "$failed" ]; then
    printf 'checks that failed:%s\n' "$failed" >&2
    exit 1
fi
