"""``auth0-permissions promote``: bring what one stack has applied to the next, through the Pulumi engine."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from auth0_permissions_cli.exit_codes import ExitCode
from auth0_permissions_cli.failures import CommandFailed
from auth0_permissions_cli.promotion.flow import Promotion, open_promotion
from auth0_permissions_cli.promotion.interruption import terminable
from auth0_permissions_cli.promotion.plans import Outcome, PromotionPlan
from auth0_permissions_cli.promotion.report import plan_data, plan_lines, promoted_data, receipt_lines, stopped_data
from auth0_permissions_cli.reports import project_option
from auth0_permissions_cli.terminal import progress
from pulumi_auth0_permissions.core.errors import PermissionsError

_EPILOG = """
The credentials are those of each stack's configuration (auth0:clientSecret and so on); where it has none, those of the
environment, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET or AUTH0_API_TOKEN, with the stack's name behind them where the
stacks have different ones: AUTH0_CLIENT_SECRET_PROD for prod.

\b
Exit codes:
  0    promoted, or nothing to do ("outcome" in --json says which)
  1    failed; promoting again goes on with what is missing
  4    refused: a rule stands against it, something moved meanwhile, or you said no; nothing was done
  130  interrupted, by Ctrl-C or SIGTERM; what was under way is finished and recorded"""


@click.command(short_help="Promote what a stack has applied to the next one.", epilog=_EPILOG)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON; what people read goes to stderr.")
@project_option
def promote(source: str, target: str, cwd: Path | None, *, yes: bool, as_json: bool) -> int:
    """Bring the permissions that stack FROM has applied to stack TO, its next stage.

    First it checks: TO takes its permissions from FROM; FROM's tenant holds what FROM has recorded; TO's tenant holds
    nothing by hand that FROM knows nothing of. Then it previews all APIs of TO, shows each plan and who is hit, and
    asks. It applies what was shown, from the same revisions, and looks in TO's tenant whether it is all there.
    """
    folder = (cwd or Path.cwd()).resolve()
    shown_plan: list[PromotionPlan] = []
    try:
        with (
            terminable(),
            progress() as line,
            open_promotion(source, target, cwd=folder, environ=os.environ, line=line) as promotion,
        ):
            return _promote(promotion, shown_plan, line.clear, yes=yes, as_json=as_json)
    except (CommandFailed, PermissionsError) as error:
        if as_json:
            refused = isinstance(error, CommandFailed) and error.exit_code == ExitCode.REFUSED
            outcome = Outcome.REFUSED if refused else Outcome.FAILED
            plan = shown_plan[0] if shown_plan else None
            click.echo(json.dumps(stopped_data(source, target, outcome, str(error), plan), indent=2))
        raise


def _promote(
    promotion: Promotion, shown_plan: list[PromotionPlan], clear: Callable[[], None], *, yes: bool, as_json: bool
) -> int:

    plan = promotion.plan()
    shown_plan.append(plan)
    clear()
    click.echo("\n".join(plan_lines(plan)), err=as_json)
    if plan.is_empty:
        click.echo(f"\nNothing to do: {plan.target} is what {plan.source} has applied.", err=as_json)
        if as_json:
            click.echo(json.dumps(plan_data(plan, Outcome.NOTHING_TO_DO), indent=2))
        return ExitCode.DONE
    if not yes:
        _ask(plan.target, as_json=as_json)
    promoted = promotion.apply(plan)
    clear()
    click.echo("\n" + "\n".join(receipt_lines(promoted)), err=as_json)
    if as_json:
        click.echo(json.dumps(promoted_data(promoted), indent=2))
    return ExitCode.DONE


def _ask(target: str, *, as_json: bool) -> None:
    if not sys.stdin.isatty():
        raise CommandFailed(
            "nothing was done: there is no terminal to ask on. Add --yes to apply what is shown.", ExitCode.REFUSED
        )
    if not click.confirm(f"\nApply this to {target}?", err=as_json):
        raise CommandFailed("nothing was done: you said no.", ExitCode.REFUSED)
