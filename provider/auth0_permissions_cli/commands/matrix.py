"""``auth0-permissions matrix``: which permission is in which stack."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from auth0_permissions_cli.access import one_stack
from auth0_permissions_cli.failures import ExitCode
from auth0_permissions_cli.matrix.comparison import build_matrix
from auth0_permissions_cli.matrix.data import matrix_csv, matrix_data
from auth0_permissions_cli.matrix.html import matrix_html
from auth0_permissions_cli.matrix.markdown import matrix_markdown
from auth0_permissions_cli.matrix.reading import look_at_tenants, read_stacks
from auth0_permissions_cli.matrix.table import matrix_text
from auth0_permissions_cli.reports import deliver, project_option, report_options
from auth0_permissions_cli.terminal import progress
from pulumi_auth0_permissions.core.review import json_text

_HELP_END: Final = """
The stacks are read by the `pulumi` command (`pulumi stack export`), so every back end works; nothing is written or
refreshed. --live asks each stack's tenant with the credentials of the stack's configuration, and where it does not set
one, the environment's (AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET or AUTH0_API_TOKEN, with the stack's name
behind them where the stacks have different ones: AUTH0_CLIENT_SECRET_PROD for prod). It needs read:resource_servers.

With --check, the exit code is 5 where there are differences: between stacks, or between a tenant and its stack."""


@click.command(short_help="Compare permissions by stack.", epilog=_HELP_END)
@click.option("--stack", "stacks", metavar="NAME", multiple=True, help="A Pulumi stack; repeat for each column.")
@click.argument("more", metavar="[STACK]...", nargs=-1)
@click.option("--live", is_flag=True, help="Look at the tenants as well, and show what has drifted.")
@click.option("--holders", is_flag=True, help="Look up who holds each permission, too; a request a role.")
@report_options(
    "markdown",
    "json",
    "csv",
    "html",
    about="Markdown is for a comment on GitHub; HTML is one file that loads nothing.",
)
@click.option("--only-differences", is_flag=True, help="Leave out what is the same everywhere.")
@click.option("--check", "--exit-code", "check", is_flag=True, help="Exit with 5 where there are differences.")
@project_option
def matrix(
    stacks: tuple[str, ...],
    more: tuple[str, ...],
    form: str,
    output: Path | None,
    max_length: int,
    cwd: Path | None,
    *,
    live: bool,
    holders: bool,
    only_differences: bool,
    check: bool,
) -> int:
    """Show which permission is in which Pulumi stack: managed, missing, unmanaged, or described differently.

    APIs are matched by the resource's name, since stages that share a program share it while identifiers differ;
    where the names tell nothing, by identifier. The first stack is the one that descriptions are compared with. Where
    none is named, it is the selected one alone.
    """
    names = (*stacks, *more) or (one_stack(cwd=cwd),)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise click.UsageError(f"Named twice: {', '.join(twice)}. Name each stack once.")

    with progress() as line:
        snapshots, remarks = read_stacks(names, cwd, line)
        found, held = None, None
        if live or holders:
            found, held = look_at_tenants(snapshots, cwd, line, with_holders=holders)
        line("comparing")
        compared = build_matrix(snapshots, found, held)
        shown = compared.only_differences() if only_differences else compared
    for remark in remarks:
        click.echo(f"Note: {remark}", err=True)
    rendered = {
        "terminal": lambda: matrix_text(shown) + "\n",
        "markdown": lambda: matrix_markdown(shown, at_most=max_length),
        "json": lambda: json_text(matrix_data(shown)),
        "csv": lambda: matrix_csv(shown),
        "html": lambda: matrix_html(compared, only_differences=only_differences),
    }
    deliver(rendered[form](), output, form=form)
    return ExitCode.DIFFERENT if check and compared.differs else ExitCode.DONE
