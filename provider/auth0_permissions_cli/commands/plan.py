"""``auth0-permissions plan``: what the next ``pulumi up`` of a stack does to permissions, for whoever reviews it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from auth0_permissions_cli.access import one_stack
from auth0_permissions_cli.failures import ExitCode
from auth0_permissions_cli.output import (
    EXISTING_FILE,
    FILE,
    deliver,
    json_text,
    project_option,
    report_options,
    write_report,
)
from auth0_permissions_cli.review.preview import preview_stack
from auth0_permissions_cli.review.stack_review import Verdict, review_markdown, review_text, stack_review_data
from auth0_permissions_cli.stacks.pulumi import terminable
from auth0_permissions_cli.terminal import Progress, rendered_plan
from pulumi_auth0_permissions.pulumi_adapter.reviewed import reviewed_plan_data

_HELP_END: Final = """
It runs `pulumi preview` on the stack: the program, its configuration and credentials are used as they are for that;
AUTH0_CLIENT_SECRET_PROD counts as AUTH0_CLIENT_SECRET on the stack prod. Nothing is applied.

With --save, the plan goes to a file as well, unless it was refused or the preview failed. Its digest shows whether
somebody has changed it since.

The exit code is 0 where there is nothing to do or something that could be done (with --check, 5 then), 4 where a rule
stands against it, 1 where the preview failed."""


@click.command(short_help="Show what an update would do to permissions.", epilog=_HELP_END)
@click.argument("named", metavar="[STACK]", required=False)
@click.option("--stack", metavar="NAME", help="The Pulumi stack; the selected one, if none is named.")
@report_options("markdown", "json", about="Markdown is for a comment on GitHub.")
@click.option(
    "--save",
    type=FILE,
    metavar="FILE",
    help="Also write the plan for AUTH0_PERMISSIONS_REVIEWED_PLAN, which holds a run to it.",
)
@click.option("--destroy", is_flag=True, help="Plan `pulumi destroy` in place of `pulumi up`.")
@click.option(
    "--as-if", type=EXISTING_FILE, metavar="CATALOG", help="Plan as if this catalog had come all the way to this stage."
)
@click.option("--check", is_flag=True, help="Exit with 5 where there is something to do.")
@project_option
def plan(
    *,
    named: str | None,
    stack: str | None,
    form: str,
    output: Path | None,
    max_length: int,
    save: Path | None,
    as_if: Path | None,
    cwd: Path | None,
    destroy: bool,
    check: bool,
) -> int:
    """Show what the next `pulumi up` of a stack does to permissions, and nothing else of its preview.

    For each API: a line for what is added (+), deleted (-), described differently (~) or renamed (>), who holds what
    goes away, and what stands against it.
    """
    if destroy and as_if is not None:
        raise click.UsageError("--destroy takes away what is there: --as-if is of no use with it.")
    with terminable(), Progress() as line:
        review = preview_stack(one_stack(named, stack, cwd=cwd), line, destroy=destroy, as_if=as_if)
    deliver(
        form,
        {
            "terminal": lambda: rendered_plan(review_text(review)) if output is None else review_text(review),
            "markdown": lambda: review_markdown(review, at_most=max_length),
            "json": lambda: json_text(stack_review_data(review)),
        },
        output,
    )
    if save is not None and review.verdict in (Verdict.CHANGES, Verdict.NOTHING_TO_DO):
        saved = reviewed_plan_data(review.stack, review.reviews, review.declared, review.evidence.data())
        write_report(save, json_text(saved))
    codes = {Verdict.REFUSED: ExitCode.REFUSED, Verdict.FAILED: ExitCode.FAILED}
    if check:
        codes[Verdict.CHANGES] = ExitCode.DIFFERENT
    return codes.get(review.verdict, ExitCode.DONE)
