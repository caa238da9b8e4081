# shellcheck shell=sh
# What the set-up scripts share. Sourced, never run: each script sets ROOT (the repository) first.
#
# The scripts are POSIX sh, so that a machine with nothing but a shell, make and Python can run them.

: "${ROOT:?set ROOT to the repository before sourcing lib.sh}"

# Git-ignored; holds the Pulumi command line, locks and the logs of set-up steps.
TOOLS_DIR="$ROOT/.tools"
# Read by the scripts that source this file.
# shellcheck disable=SC2034
VENV_DIR="$ROOT/.venv"

# Older Pythons miss syntax and library parts the project uses (requires-python in pyproject.toml says the same).
PYTHON_MIN_MINOR=11

say() {
    printf 'set-up: %s\n' "$*"
}

# fail LINE...: print the lines on standard error and end the script. The first line says what is wrong,
# the others where and what to do about it.
fail() {
    printf 'set-up: %s\n' "$1" >&2
    shift
    for fail_line in "$@"; do
        printf '        %s\n' "$fail_line" >&2
    done
    exit 1
}

# take_lock NAME: from here to the end of the script, be the only one doing NAME in this repository.
# The lock is the kernel's, on open file 9: it goes with the process, however that ends. Long-running
# children are started with `9>&-`, so that one that outlives its script does not keep the lock.
take_lock() {
    command -v flock >/dev/null 2>&1 ||
        fail "the command flock is missing (Debian package util-linux)" \
            "It keeps two set-ups at the same time from getting into each other's way."
    mkdir -p "$TOOLS_DIR"
    exec 9>"$TOOLS_DIR/$1.lock"
    if ! flock -n 9; then
        say "another set-up of this repository ($1) is at work; waiting for it to finish"
        flock 9
    fi
}

# version_at_least HAVE WANT: compare dotted numbers; a leading v and anything after the numbers are ignored.
version_at_least() {
    awk -v have="$1" -v want="$2" 'BEGIN {
        sub(/^v/, "", have); sub(/^v/, "", want)
        split(have, h, /[^0-9]+/); split(want, w, /[^0-9]+/)
        for (i = 1; i <= 3; i++) {
            if (h[i] + 0 > w[i] + 0) exit 0
            if (h[i] + 0 < w[i] + 0) exit 1
        }
        exit 0
    }'
}

# may_install_packages: true as root where apt-get is; only there do the scripts install system packages.
may_install_packages() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

# install_packages WHY PACKAGE...: apt-get install, said aloud; false (with apt's own words shown) if it fails.
install_packages() {
    install_why=$1
    shift
    say "installing with apt-get (this machine lacks it, and we are root): $* - $install_why"
    install_log="$TOOLS_DIR/apt-get.log"
    mkdir -p "$TOOLS_DIR"
    # A fresh machine may have no package lists at all, an old one lists that name files long gone:
    # install as it is first, and only refresh the lists if that fails.
    if DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" >"$install_log" 2>&1 </dev/null; then
        return 0
    fi
    say "refreshing apt's package lists first (up to a minute)"
    if apt-get update >>"$install_log" 2>&1 </dev/null &&
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" >>"$install_log" 2>&1 </dev/null; then
        return 0
    fi
    tail -n 5 "$install_log" >&2
    return 1
}

# python_is_recent PYTHON: true if that interpreter runs and is recent enough.
python_is_recent() {
    "$1" -c "import sys; sys.exit(sys.version_info < (3, $PYTHON_MIN_MINOR))" >/dev/null 2>&1
}

# find_python: print the first interpreter that is recent enough; nothing, and false, if there is none.
# PYTHON, if set, comes first.
find_python() {
    for find_candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$find_candidate" >/dev/null 2>&1 && python_is_recent "$find_candidate"; then
            command -v "$find_candidate"
            return 0
        fi
    done
    return 1
}

# seconds_since START: how long ago `date +%s` said START.
seconds_since() {
    echo "$(($(date +%s) - $1))"
}

# watched LABEL LOG COUNT_PATTERN COMMAND...: run the command with its output in LOG, and while it runs say
# every PROGRESS_INTERVAL_S seconds how many lines of LOG match COUNT_PATTERN. Returns the command's status.
PROGRESS_INTERVAL_S=15
watched() {
    watched_label=$1 watched_log=$2 watched_pattern=$3
    shift 3
    watched_start=$(date +%s)
    watched_next=$PROGRESS_INTERVAL_S
    "$@" >"$watched_log" 2>&1 </dev/null 9>&- &
    watched_pid=$!
    # An interrupted set-up takes its running step with it.
    trap 'kill "$watched_pid" 2>/dev/null; exit 130' INT
    trap 'kill "$watched_pid" 2>/dev/null; exit 143' TERM
    while kill -0 "$watched_pid" 2>/dev/null; do
        if [ "$(seconds_since "$watched_start")" -ge "$watched_next" ]; then
            watched_count=$(grep -c "$watched_pattern" "$watched_log" || :)
            say "  $watched_label: $watched_count so far, $(seconds_since "$watched_start") s"
            watched_next=$((watched_next + PROGRESS_INTERVAL_S))
        fi
        sleep 0.2
    done
    watched_status=0
    wait "$watched_pid" || watched_status=$?
    trap - INT TERM
    return "$watched_status"
}
