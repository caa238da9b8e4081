#!/bin/sh
# Run every static check, all at the same time, also when one of them fails, and say at the end which ones did.
# `make check` runs this; `make format` mends what can be mended without thinking.
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$ROOT"

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# check NAME COMMAND...: start the command; the order of these calls is the one in which they are reported.
names=''
check() {
    check_name=$1
    shift
    names="$names $check_name"
    printf '%s' "$*" >"$logs/$check_name.command"
    { "$@" >"$logs/$check_name" 2>&1 && : >"$logs/$check_name.ok" || :; } &
}

check format ruff format --check .
check lint ruff check .
check types mypy
# What is installed runs on these too; the tests and the tools around it need not.
for platform in darwin win32; do
    check "types-$platform" mypy --platform "$platform" --cache-dir ".mypy_cache/$platform" provider templates
done
check imports lint-imports --config tools/importlinter.ini
check dependencies deptry --no-ansi provider
check shell shellcheck --external-sources tools/*.sh .ci/run examples/ci/*.sh
wait

failed=''
for name in $names; do
    if [ -e "$logs/$name.ok" ]; then
        printf 'ok      %s\n' "$name"
    else
        printf 'FAILED  %s:  %s\n' "$name" "$(cat "$logs/$name.command")"
        sed 's/^/        /' "$logs/$name"
        failed="$failed $name"
    fi
done

if [ -n "$failed" ]; then
    printf 'checks that failed:%s\n' "$failed" >&2
    exit 1
fi
