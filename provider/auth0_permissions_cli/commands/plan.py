"""``auth0-permissions plan``: what the next ``pulumi up`` of a stack does to permissions, for whoever reviews it."""

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
from auth0_permissions_cli.review.stack_review import (
    Verdict,
    review_markdown,
    review_text,
    saved_plan_data,
    stack_review_data,
)
from auth0_permissions_cli.stacks.pulumi import terminable
from auth0_permissions_cli.terminal import Progress, rendered_plan

_HELP_END: Final = """
This runs `pulumi preview` on the stack, with its program, configuration and credentials; on the stack prod,
AUTH0_CLIENT_SECRET_PROD replaces AUTH0_CLIENT_SECRET. Nothing is applied.

With --save, the plan is also written to a file, unless it was refused or the preview failed. Its digest shows whether
somebody has edited it since.

The exit code is 0 if there is nothing to do or the plan can be applied (the latter is 5 with --check), 4 if a rule
refuses it, 1 if the preview failed."""


@click.command(short_help="Show what an update would do to permissions.", epilog=_HELP_END)
@click.argument("named", metavar="[STACK]", required=False)
@click.option("--stack", metavar="NAME", help="The Pulumi stack; by default the selected one.")
@report_options("markdown", "json", about="Markdown is for a comment on GitHub.")
@click.option(
    "--save",
    type=FILE,
    metavar="FILE",
    help="Also save the plan; AUTH0_PERMISSIONS_REVIEWED_PLAN then limits a run to it.",
)
@click.option("--destroy", is_flag=True, help="Plan `pulumi destroy` instead of `pulumi up`.")
@click.option(
    "--as-if", type=EXISTING_FILE, metavar="CATALOG", help="Plan as if this catalog had been promoted to this stage."
)
@click.option("--check", is_flag=True, help="Exit with 5 if there is something to do.")
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
    """Show what the next `pulumi up` of a stack does to permissions, without the rest of its preview.

    For each API: a line per permission that is added (+), deleted (-), described differently (~) or renamed (>), who
    holds what is removed, and why the plan is refused.
    """
    if destroy and as_if is not None:
        raise click.UsageError("--as-if works only without --destroy.")
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
        write_report(save, json_text(saved_plan_data(review)))
    codes = {Verdict.REFUSED: ExitCode.REFUSED, Verdict.FAILED: ExitCode.FAILED}
    if check:
        codes[Verdict.CHANGES] = ExitCode.DIFFERENT
    return codes.get(review.verdict, ExitCode.DONE)
