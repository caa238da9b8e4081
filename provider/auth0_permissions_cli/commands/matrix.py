"""``auth0-permissions matrix``: which permission is in which stack."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from auth0_permissions_cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pulumi_auth0_permissions.core.matrix import Matrix

__all__ = ["matrix"]

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
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "markdown", "json", "html"]),
    default="terminal",
    show_default=True,
    help="Markdown is for a comment on GitHub; HTML is one file that loads nothing.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write this file instead of standard output.",
)
@click.option("--only-differences", is_flag=True, help="Leave out what is the same everywhere.")
@click.option("--check", "--exit-code", "check", is_flag=True, help="Exit with 5 where there are differences.")
@click.option(
    "--max-length",
    metavar="N",
    type=click.IntRange(min=1000),
    default=65_536,
    show_default=True,
    help="Longest Markdown, in characters; what does not fit is left out, and said so. GitHub takes 65536.",
)
@click.option(
    "--cwd",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the Pulumi project whose stacks are meant; this one, if not given.",
)
def matrix(
    stacks: tuple[str, ...],
    more: tuple[str, ...],
    form: str,
    output: Path | None,
    max_length: int,
    cwd: Path | None,
    *,
    live: bool,
    only_differences: bool,
    check: bool,
) -> int:
    """Show which permission is in which Pulumi stack: managed, missing, unmanaged, or described differently.

    APIs are matched by the resource's name, since stages that share a program share it while identifiers differ;
    where the names tell nothing, by identifier. The first stack is the one that descriptions are compared with.
    """
    names = (*stacks, *more)
    if not names:
        raise click.UsageError("Name the stacks to compare, with --stack for each.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise click.UsageError(f"Named twice: {', '.join(twice)}. Name each stack once.")

    from auth0_permissions_cli.files import write_report
    from auth0_permissions_cli.matrix_reading import look_at_tenants, read_stacks
    from auth0_permissions_cli.terminal import progress
    from pulumi_auth0_permissions.core.matrix import build_matrix

    with progress() as line:
        snapshots, remarks = read_stacks(names, cwd, line)
        found = look_at_tenants(snapshots, cwd, line) if live else None
        line("comparing")
        compared = build_matrix(snapshots, found)
        text = _rendered(compared.only_differences() if only_differences else compared, form, max_length)
    for remark in remarks:
        click.echo(f"Note: {remark}", err=True)
    if output is None:
        _print(text, as_it_is=form in ("markdown", "html"))
    else:
        write_report(output, text)
        click.echo(f"Wrote {output}.", err=True)
    return ExitCode.DIFFERENT if check and compared.differs else ExitCode.DONE


def _print(text: str, *, as_it_is: bool) -> None:
    if as_it_is:  # a file, whatever the terminal's encoding
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
    else:
        sys.stdout.write(text)
    sys.stdout.flush()


def _rendered(compared: Matrix, form: str, max_length: int) -> str:
    # Imported by format: each brings what the others can do without.
    if form == "markdown":
        from pulumi_auth0_permissions.render.matrix_markdown import matrix_markdown

        return matrix_markdown(compared, at_most=max_length)
    if form == "json":
        from pulumi_auth0_permissions.render.json import json_text
        from pulumi_auth0_permissions.render.matrix_json import matrix_data

        return json_text(matrix_data(compared))
    if form == "html":
        from pulumi_auth0_permissions.render.matrix_html import matrix_html

        return matrix_html(compared)
    from auth0_permissions_cli.matrix_table import matrix_text

    return matrix_text(compared) + "\n"
