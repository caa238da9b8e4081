#!/bin/sh
# Make sure that there is a curl: the tests delete a permission with it, as Auth0's documentation does.
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=tools/lib.sh
. "$ROOT/tools/lib.sh"

if command -v curl >/dev/null 2>&1; then
    exit 0
fi

take_lock curl
if ! may_install_packages; then
    fail "the tests need curl, and there is none on PATH." "Install it, on Debian:  sudo apt-get install curl"
fi
install_packages "the tests delete a permission with it" curl ||
    fail "apt-get could not install curl; its last words are above, the rest in .tools/apt-get.log."
