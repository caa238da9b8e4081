#!/bin/sh
# Review or promote the permissions of all stages, from any CI system or by hand.
#
#   promote.sh review              plans of all stages as Markdown on standard output; changes nothing
#   promote.sh apply STAGE         apply the program to the first stage
#   promote.sh promote FROM TO     bring what FROM has applied to TO, after its preview
#
# STAGES lists the stacks in order (default: dev staging prod), PROJECT is the Pulumi project's folder (default: this
# one), CATALOG the catalog in it (permissions.yaml): later stages are planned as if it had been promoted all the way.
# PLANS names a folder: the review saves a plan for each stage there, and apply and promote do that, or less, and nothing
# else. Credentials come from the environment, AUTH0_CLIENT_SECRET_<STAGE>, or from the stacks' own configuration.
# Promote to a stage only from a CI job that somebody approves.
#
# Exit codes are those of auth0-permissions: 0 done, 1 failed, 4 refused.
set -euf # f: do not expand a * among the stages

STAGES=${STAGES:-dev staging prod}
PROJECT=${PROJECT:-.}
CATALOG=${CATALOG:-permissions.yaml}
PLANS=${PLANS:-}
case $PLANS in
'' | /*) ;;
*) PLANS=$PWD/$PLANS ;; # `pulumi` runs in the project's folder
esac

usage() {
    sed -n '2,16s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# A name that begins with - would be read as an option, one with a space as two names.
check() {
    for name in "$@"; do
        case $name in
        '' | -* | *[[:space:]]*)
            echo "promote.sh: \"$name\" is not the name of a stage" >&2
            exit 2
            ;;
        esac
    done
}

review() {
    worst=0
    parts=1 # the table
    for stage in $STAGES; do
        parts=$((parts + 1))
    done
    length=$((60000 / parts)) # characters: GitHub takes 65536 in one comment
    [ -z "$PLANS" ] || mkdir -p "$PLANS"
    set -- # options for later stages only
    for stage in $STAGES; do
        code=0
        auth0-permissions plan --stack "$stage" --cwd "$PROJECT" --format markdown \
            --max-length "$length" ${PLANS:+--save "$PLANS/$stage.json"} "$@" || code=$?
        [ ! -f "$PROJECT/$CATALOG" ] || set -- --as-if "$PROJECT/$CATALOG"
        [ "$code" -eq 0 ] || echo "$stage: exit code $code" >&2
        # A failure outweighs a refusal: it hides what would be refused.
        if [ "$code" -ne 0 ] && [ "$worst" -ne 1 ]; then
            worst=$code
        fi
        echo
    done
    # The table helps the reviewer; differences do not fail the review.
    set --
    for stage in $STAGES; do
        set -- "$@" --stack "$stage"
    done
    auth0-permissions matrix --cwd "$PROJECT" --format markdown --max-length "$length" --only-differences \
        "$@" || worst=1
    return "$worst"
}

case ${1-} in
review)
    [ $# -eq 1 ] || usage
    # shellcheck disable=SC2086 # one word for each stage
    check $STAGES
    review
    ;;
apply)
    [ $# -eq 2 ] || usage
    check "$2"
    if [ -n "$PLANS" ]; then
        export AUTH0_PERMISSIONS_REVIEWED_PLAN="$PLANS/$2.json"
    fi
    exec pulumi up --yes --non-interactive --cwd "$PROJECT" --stack "$2"
    ;;
promote)
    [ $# -eq 3 ] || usage
    check "$2" "$3"
    # exec: a signal that ends the job reaches the promotion, which then stops cleanly
    exec auth0-permissions promote "$2" "$3" --cwd "$PROJECT" --yes ${PLANS:+--plan "$PLANS/$3.json"}
    ;;
*) usage ;;
esac
