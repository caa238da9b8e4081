#!/bin/sh
# Make sure that there is a Pulumi command line with its Python language host. In this order:
#
#   1. the one on PATH, if it is recent enough and complete
#   2. the one that an earlier set-up put into .tools/bin
#   3. the official download, checked against its published SHA-256 sums   -> .tools/bin
#   4. a build from the Go modules pinned under tools/go                   -> .tools/bin
#
# .tools/pulumi-source says afterwards which one it is: `path` or `tools` (tools/run.sh reads it).
#
# PULUMI_RELEASES_URL   where releases are downloaded from, instead of Pulumi's own place: a mirror, say.
#                       Under it are looked for pulumi-vVERSION-OS-ARCH.tar.gz and pulumi-VERSION-checksums.txt.
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=tools/lib.sh
. "$ROOT/tools/lib.sh"

# Engines before the end of 2024 do not hand the stack's configuration, and so the credentials, to a Python
# dynamic provider (pulumi/pulumi pull request 17673). 3.200.0 is the oldest one tried with this project.
PULUMI_MIN_VERSION=3.200.0

# The version to install is pinned in one place, the go.mod file.
PULUMI_VERSION=$(awk '$1 == "github.com/pulumi/pulumi/pkg/v3" { sub(/^v/, "", $2); print $2; exit }' "$ROOT/tools/go/pulumi-cli/go.mod")
PULUMI_RELEASES_URL=${PULUMI_RELEASES_URL:-https://get.pulumi.com/releases/sdk}

BIN_DIR="$TOOLS_DIR/bin"
# Inside the folder, so that it comes and goes with what it vouches for.
STAMP="$BIN_DIR/.complete"
COMPANIONS="pulumi-language-python pulumi-language-python-exec pulumi-resource-pulumi-python"

export PULUMI_SKIP_UPDATE_CHECK=1

# PATH without our own folder: what this set-up made is not what the machine came with.
path_without_ours() {
    printf '%s' "$PATH" | tr ':' '\n' | grep -vxF -e "$BIN_DIR" -e "$BIN_DIR/" | paste -sd: -
}

# pulumi_version FILE: the version it says it is, without the v; nothing if it does not say one.
pulumi_version() {
    timeout 20 "$1" version 2>/dev/null </dev/null | sed -n '1s/^v\{0,1\}\([0-9][0-9]*\.[0-9][0-9]*\.[0-9][0-9]*.*\)$/\1/p'
}

# look_on_path: true if PATH has a good Pulumi. Sets path_word, to what was found or to why it will not do.
look_on_path() {
    outside=$(path_without_ours)
    if ! found=$(PATH=$outside command -v pulumi); then
        path_word="there is no pulumi on PATH"
        return 1
    fi
    found_version=$(pulumi_version "$found" || :)
    if [ -z "$found_version" ]; then
        path_word="$found does not answer 'pulumi version' with a version"
        return 1
    fi
    if ! version_at_least "$found_version" "$PULUMI_MIN_VERSION"; then
        path_word="$found is $found_version, older than the $PULUMI_MIN_VERSION that this project needs"
        return 1
    fi
    beside=$(dirname "$(readlink -f "$found")")
    for companion in $COMPANIONS; do
        if ! PATH="$outside:$beside" command -v "$companion" >/dev/null; then
            path_word="$found has no Python language host: $companion is neither on PATH nor beside it"
            return 1
        fi
    done
    path_word="$found_version ($found)"
}

# use WHICH: record where Pulumi is, last of all.
use() {
    mkdir -p "$TOOLS_DIR"
    printf '%s\n' "$1" >"$TOOLS_DIR/pulumi-source.new"
    mv "$TOOLS_DIR/pulumi-source.new" "$TOOLS_DIR/pulumi-source"
}

is_installed() {
    [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$PULUMI_VERSION" ] && [ -x "$BIN_DIR/pulumi" ]
}

if look_on_path; then
    use path
    say "Pulumi: $path_word"
    exit 0
fi
if is_installed; then
    use tools
    say "Pulumi: $PULUMI_VERSION (.tools/bin)"
    exit 0
fi

take_lock pulumi
if is_installed; then
    use tools
    say "Pulumi: $PULUMI_VERSION (.tools/bin)"
    exit 0
fi

start=$(date +%s)
say "Pulumi: $path_word"

# Everything is made ready beside the place it goes to; only a finished and tried one is moved there.
rm -rf "$TOOLS_DIR"/staging.*
staging=$(mktemp -d "$TOOLS_DIR/staging.XXXXXX")
# Where the steps below leave the one line that says why they could not do their part.
reason="$TOOLS_DIR/staging.reason"
trap 'rm -rf "$staging" "$reason"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

install_staged() {
    for program in pulumi $COMPANIONS; do
        [ -x "$staging/$program" ] || return 1
    done
    staged_version=$(pulumi_version "$staging/pulumi" || :)
    [ "$staged_version" = "$PULUMI_VERSION" ] || return 1
    printf '%s\n' "$PULUMI_VERSION" >"$staging/.complete"
    chmod 755 "$staging"
    # Two renames, so that a run that uses the old programs at this moment misses them as shortly as possible.
    [ ! -e "$BIN_DIR" ] || mv "$BIN_DIR" "$staging.old"
    mv "$staging" "$BIN_DIR"
    rm -rf "$staging.old"
    use tools
    say "Pulumi: $PULUMI_VERSION ready in .tools/bin ($(seconds_since "$start") s)"
}

python=$(find_python) || fail "Python 3.$PYTHON_MIN_MINOR or newer is needed, and there is none on PATH." \
    "tools/setup-python.sh says how to get it."

say "Pulumi: downloading $PULUMI_VERSION from $PULUMI_RELEASES_URL (about 100 MB; gives up after 10 s if there is no answer)"
status=0
"$python" "$ROOT/tools/fetch_pulumi.py" "$PULUMI_VERSION" "$PULUMI_RELEASES_URL" "$staging" 2>"$reason" 9>&- || status=$?
download_word=$(cat "$reason")
case "$status" in
0)
    if install_staged; then
        exit 0
    fi
    download_word="the downloaded programs do not run on this machine as version $PULUMI_VERSION"
    ;;
142) download_word="$PULUMI_RELEASES_URL did not answer within 10 seconds" ;; # ended by its own alarm
3 | 4) ;;
*) download_word="the download failed: $(printf '%s\n' "$download_word" | tail -n 1)" ;;
esac
say "Pulumi: not downloaded: $download_word"
rm -rf "$staging"
mkdir "$staging"

status=0
"$ROOT/tools/build-pulumi.sh" "$staging" 2>"$reason" || status=$?
build_word=$(cat "$reason")
case "$status" in
0)
    if install_staged; then
        exit 0
    fi
    fail "the Pulumi that was built does not run as version $PULUMI_VERSION; see .tools/go-build.log."
    ;;
3) ;;
*)
    printf '%s\n' "$build_word" >&2
    exit 1
    ;;
esac

fail "the Pulumi command line is needed, and there is no way to get it here:" \
    "on PATH:   $path_word" \
    "download:  $download_word" \
    "build:     $build_word" \
    "Do one of these, then run the same command again:" \
    "- install Pulumi $PULUMI_MIN_VERSION or newer: https://www.pulumi.com/docs/install/" \
    "- install Go as named above, to have it built: https://go.dev/dl/"
