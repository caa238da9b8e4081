"""``auth0-permissions promote``: promote what one stack has applied to the next, through the Pulumi engine."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from auth0_permissions_cli.access import CREDENTIALS_HELP, one_stack
from auth0_permissions_cli.failures import CommandFailed, ExitCode, Refused, exit_code_of
from auth0_permissions_cli.output import EXISTING_FILE, format_option, json_text, project_option
from auth0_permissions_cli.promotion.flow import open_promotion
from auth0_permissions_cli.promotion.report import (
    Outcome,
    PromotionPlan,
    plan_lines,
    promotion_data,
    receipt_lines,
)
from auth0_permissions_cli.stacks.pulumi import terminable
from auth0_permissions_cli.terminal import Progress, rendered_plan
from pulumi_auth0_permissions.core.errors import PermissionsError

_EPILOG = f"""{CREDENTIALS_HELP}

\b
Exit codes:
  0    promoted, or nothing to do ("outcome" in the JSON says which)
  1    failed; promote again to finish
  4    refused by a rule, a change since the preview, or you; nothing was done
  130  interrupted by Ctrl-C or SIGTERM, after the write in progress"""


@click.command(short_help="Promote what a stack has applied to the next one.", epilog=_EPILOG)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="[TO]", required=False)
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.option(
    "--plan",
    "reviewed",
    type=EXISTING_FILE,
    metavar="FILE",
    help="Apply nothing beyond this plan (from `plan TO --as-if CATALOG --save FILE`).",
)
@format_option("json", about="JSON is the receipt; text for people then goes to standard error.")
@project_option
def promote(source: str, target: str | None, reviewed: Path | None, form: str, cwd: Path | None, *, yes: bool) -> int:
    """Promote the permissions that stack FROM has applied to stack TO, its next stage; by default the selected stack.

    First it checks that TO takes its permissions from FROM, that FROM's tenant holds what FROM has recorded, and that
    TO's tenant has no manual changes that FROM lacks. Then it previews all APIs of TO, shows each plan and who is
    affected, and asks. It applies what was shown, from the same revisions, and verifies the result in TO's tenant.
    """
    target = one_stack(target, cwd=cwd).name
    as_json = form == "json"
    plan: PromotionPlan | None = None
    revisions: Mapping[str, str] = {}
    failure: CommandFailed | PermissionsError | None = None
    folder = (cwd or Path.cwd()).resolve()
    try:
        with (
            terminable(),
            Progress() as line,
            open_promotion(source, target, cwd=folder, environ=os.environ, line=line, plan=reviewed) as promotion,
        ):
            plan = promotion.plan()
            line.stop()
            click.echo(rendered_plan("\n".join(plan_lines(plan)), err=as_json), nl=False, err=as_json, color=True)
            if plan.is_empty:
                click.echo(f"\nNothing to do: {target} already has what {source} has applied.", err=as_json)
                outcome = Outcome.NOTHING_TO_DO
            else:
                if not yes:
                    _ask(target, as_json=as_json)
                revisions = promotion.apply(plan)
                line.stop()
                click.echo("\n" + "\n".join(receipt_lines(plan, revisions)), err=as_json)
                outcome = Outcome.PROMOTED
    except (CommandFailed, PermissionsError) as error:
        failure = error
        outcome = Outcome.REFUSED if exit_code_of(error) == ExitCode.REFUSED else Outcome.FAILED
    if as_json:
        data = promotion_data(source, target, outcome, plan, revisions, str(failure) if failure else None)
        click.echo(json_text(data), nl=False)
    if failure:
        raise failure
    return ExitCode.DONE


def _ask(target: str, *, as_json: bool) -> None:
    if not sys.stdin.isatty():
        raise Refused("nothing was done: there is no terminal to ask for confirmation. Add --yes to apply the plan.")
    if not click.confirm(f"\nApply this to {target}?", err=as_json):
        raise Refused("nothing was done: you declined.")
