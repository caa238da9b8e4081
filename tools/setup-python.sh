#!/bin/sh
# Make .venv: a virtual environment with this project (editable) and its development tools, in the versions
# that tools/constraints.txt names. Needs Python 3.11 or newer with its venv module; as root on Debian, what
# is missing of that is installed.
#
# Usage: tools/setup-python.sh [--upgrade]
#   --upgrade   ignore the recorded versions, install the newest that pyproject.toml allows, record those
#
# PYTHON names the interpreter to use instead of the first recent enough one on PATH.
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=tools/lib.sh
. "$ROOT/tools/lib.sh"

STAMP="$VENV_DIR/.set-up"
CONSTRAINTS="$ROOT/tools/constraints.txt"

# What an environment was made from. The path is part of it: an environment that was moved or copied along
# with the repository still points at the old place.
fingerprint() {
    printf '%s\n' "$ROOT"
    cd "$ROOT"
    sha256sum pyproject.toml tools/constraints.txt tools/requirements.txt tools/setup-python.sh
}

upgrade=no
case "${1-}" in
'') ;;
--upgrade) upgrade=yes ;;
*)
    printf 'usage: tools/setup-python.sh [--upgrade]\n' >&2
    exit 2
    ;;
esac

take_lock python

wanted=$(fingerprint)
if [ "$upgrade" = no ] && [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$wanted" ] && python_is_recent "$VENV_DIR/bin/python"; then
    say "Python environment: ready (.venv)"
    exit 0
fi

python_missing_advice() {
    fail "Python 3.$PYTHON_MIN_MINOR or newer is needed, and there is none on PATH." \
        "Install it, for instance on Debian 12:  sudo apt-get install python3 python3-venv" \
        "or name one:  PYTHON=/path/to/python3 $*" \
        "Then run the same command again."
}

python=$(find_python) || {
    if may_install_packages; then
        # The plain package is recent enough on Debian 12 and Ubuntu 24.04; the numbered one exists where it is not.
        install_packages "Python" python3 python3-venv && python=$(find_python) ||
            { install_packages "Python" python3.11 python3.11-venv && python=$(find_python); } ||
            python_missing_advice "make ..."
    else
        python_missing_advice "make ..."
    fi
}

# Debian ships Python without the part of it that makes virtual environments.
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if ! may_install_packages || ! install_packages "Python's module for virtual environments" "$package"; then
        fail "$python cannot make virtual environments: its venv module is missing." \
            "Install it, on Debian and Ubuntu:  sudo apt-get install $package" \
            "Then run the same command again."
    fi
fi

# True if .venv is a working environment that was made at this very place.
environment_works() {
    case "$(sed -n 's/^command = //p' "$VENV_DIR/pyvenv.cfg" 2>/dev/null)" in
    *" $VENV_DIR") ;;
    *) return 1 ;;
    esac
    python_is_recent "$VENV_DIR/bin/python" && "$VENV_DIR/bin/python" -m pip --version >/dev/null 2>&1
}

start=$(date +%s)
rm -f "$STAMP"
if ! environment_works; then
    say "Python environment: making .venv with $("$python" --version 2>&1) (a few seconds)"
    "$python" -m venv --clear "$VENV_DIR" || fail "$python -m venv failed; see above."
fi

say "Python environment: installing the project and its development tools (about a minute)"
pip_log="$TOOLS_DIR/pip.log"
cd "$ROOT"
set -- --disable-pip-version-check --no-input install --progress-bar off -e '.[dev]' -r tools/requirements.txt
if [ "$upgrade" = yes ]; then
    set -- "$@" --upgrade
else
    set -- "$@" -c "$CONSTRAINTS"
fi
if ! watched "packages" "$pip_log" '^Collecting' "$VENV_DIR/bin/python" -m pip "$@"; then
    tail -n 15 "$pip_log" >&2
    fail "pip could not install the project's dependencies; its last words are above, the rest in .tools/pip.log." \
        "It needs a Python package index: see that the network (or the proxy) lets pip through, then run the same command again."
fi

if [ "$upgrade" = yes ]; then
    {
        printf '# The versions that the tests ran with. Written by tools/setup-python.sh --upgrade (make upgrade).\n'
        "$VENV_DIR/bin/python" -m pip --disable-pip-version-check freeze --exclude-editable
    } >"$CONSTRAINTS.new"
    mv "$CONSTRAINTS.new" "$CONSTRAINTS"
    say "Python environment: recorded the versions in tools/constraints.txt"
fi

# Last of all, so that an interrupted run is not taken for a finished one.
fingerprint >"$STAMP.new"
mv "$STAMP.new" "$STAMP"
say "Python environment: ready ($(seconds_since "$start") s)"
