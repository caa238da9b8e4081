#!/bin/sh
# Make sure that there is a Chromium for the browser tests in tests/browser; nothing to do while there are
# none. CHROMIUM names one that is not on PATH under its usual name.
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=tools/lib.sh
. "$ROOT/tools/lib.sh"

[ -d "$ROOT/tests/browser" ] || exit 0

for browser in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome; do
    if command -v "$browser" >/dev/null 2>&1; then
        say "browser for the tests: ready ($(command -v "$browser"))"
        exit 0
    fi
done

take_lock browser
start=$(date +%s)
if ! may_install_packages; then
    fail "the browser tests need Chromium, and there is none on PATH." \
        "Install it, on Debian:  sudo apt-get install chromium" \
        "or name one:  CHROMIUM=/path/to/chrome make test"
fi
say "browser for the tests: about 100 MB, one to two minutes"
install_packages "the browser tests drive it" chromium ||
    fail "apt-get could not install chromium; its last words are above, the rest in .tools/apt-get.log."
say "browser for the tests: ready ($(seconds_since "$start") s)"
