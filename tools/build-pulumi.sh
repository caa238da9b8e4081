#!/bin/sh
# Build the Pulumi command line and its Python language host from their Go modules into a folder. Part of
# the set-up (setup-pulumi.sh), for machines that have Go but cannot reach the official download.
#
# Usage: tools/build-pulumi.sh FOLDER
#
# What is built is pinned by the go.mod and go.sum files under tools/go: one module for each program, because
# the two need different versions of their common libraries. The committed sums make the checksum service
# unnecessary, which may not know the language host's version.
#
# Exit status: 0 done; 3 no Go, or too old a Go (the reason is on standard error, in one line); else a failure.
set -eu
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=tools/lib.sh
. "$ROOT/tools/lib.sh"

folder=${1:?usage: tools/build-pulumi.sh FOLDER}
cli_module="$ROOT/tools/go/pulumi-cli"
host_module="$ROOT/tools/go/pulumi-language-python"
log="$TOOLS_DIR/go-build.log"

go_wanted=$(sed -n 's/^go //p' "$cli_module/go.mod")
cd "$cli_module"

# No C compiler wanted; no go.work from above; nothing written to the pinned files.
export CGO_ENABLED=0 GOWORK=off

unusable() {
    printf '%s\n' "$1" >&2
    exit 3
}

command -v go >/dev/null 2>&1 || unusable "Go is not installed; the build needs Go $go_wanted or newer"
# Asked inside the module: a Go that may fetch the tool chain a module wants (GOTOOLCHAIN=auto) then answers
# with that one's version; one that may not complains, and one from before such things ignores the question.
go_version=$(go env GOVERSION 2>"$log" | sed 's/^go//') || :
if [ -z "$go_version" ]; then
    go_version=$(cd / && go version | awk '{ sub(/^go/, "", $3); print $3 }')
    unusable "Go $go_version is too old; the build needs Go $go_wanted or newer"
fi
version_at_least "$go_version" "$go_wanted" ||
    unusable "Go $go_version is too old; the build needs Go $go_wanted or newer"

# version_of MODULE: the version that this folder's go.mod pins.
version_of() {
    awk -v module="$1" '$1 == module && NF >= 2 { print $2; exit }' go.mod
}

broken() {
    tail -n 15 "$log" >&2
    fail "$1; its last words are above, the rest in .tools/go-build.log." \
        "If the sources could not be downloaded, see that the network (or GOPROXY) lets go through, and run the same command again: it goes on from there."
}

# build FOLDER_OF_MODULE PACKAGE: compile the package into $folder. The names of what is done come out one a
# line, and are counted.
build() {
    cd "$1"
    sdk_version=$(version_of github.com/pulumi/pulumi/sdk/v3)
    name=$(basename "${2%/v3}")
    say "Pulumi: $name: downloading its sources (up to a minute, unless Go has them already)"
    watched "modules downloaded" "$log" '^go: downloading' go list -mod=readonly -deps "$2" ||
        broken "go could not get the sources of $name"
    packages=$(grep -vc '^go: ' "$log" || :)
    say "Pulumi: $name: compiling"
    watched "$name: packages compiled (of at most $packages)" "$log" '^[a-z]' go build -v -mod=readonly -buildvcs=false \
        -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$sdk_version" \
        -o "$folder/$name" "$2" || broken "go could not build $name"
}

say "Pulumi: building it with Go $go_version: about 4 minutes on 2 cores, less if Go has parts of it in its cache"
build "$host_module" github.com/pulumi/pulumi/sdk/python/cmd/pulumi-language-python/v3
build "$cli_module" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi

# The two scripts that the language host runs come with the SDK's sources.
sdk=$(go list -mod=readonly -m -f '{{.Dir}}' github.com/pulumi/pulumi/sdk/v3)
cp "$sdk/python/dist/pulumi-resource-pulumi-python" "$sdk/python/cmd/pulumi-language-python-exec" "$folder/"
chmod 755 "$folder"/*
