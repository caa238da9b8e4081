"""``auth0-permissions matrix``: which permission is in which stack."""

from pathlib import Path
from typing import Final

import click

from auth0_permissions_cli.access import CREDENTIALS_HELP, connect, new_reader, one_stack, settings_of
from auth0_permissions_cli.failures import ExitCode
from auth0_permissions_cli.matrix.comparison import Live, Observed, build_matrix, only_differences
from auth0_permissions_cli.matrix.rendering import matrix_csv, matrix_data, matrix_html, matrix_markdown, matrix_text
from auth0_permissions_cli.output import deliver, json_text, project_option, report_options
from auth0_permissions_cli.stacks.pulumi import Stack
from auth0_permissions_cli.stacks.state import StackSnapshot, read_stack
from auth0_permissions_cli.terminal import Progress
from pulumi_auth0_permissions.auth0.errors import NotFound
from pulumi_auth0_permissions.core.text import escape
from pulumi_auth0_permissions.holders import ALL_APPLICATIONS, HolderLookup

_HELP_END: Final = """
The stacks are read by `pulumi stack export`, so every back end works; nothing is written or refreshed. --live also
reads each stack's tenant, and needs read:resource_servers.

With --check, the exit code is 5 if there are differences: between stacks, or between a tenant and its stack."""


@click.command(short_help="Compare permissions by stack.", epilog=f"{_HELP_END}\n{CREDENTIALS_HELP}")
@click.option("--stack", "stacks", metavar="NAME", multiple=True, help="A Pulumi stack; repeat for each column.")
@click.argument("more", metavar="[STACK]...", nargs=-1)
@click.option("--live", is_flag=True, help="Read the tenants as well, and show drift.")
@click.option("--holders", is_flag=True, help="Also look up who holds each permission (one request per role).")
@report_options(
    "markdown",
    "json",
    "csv",
    "html",
    about="Markdown is for a comment on GitHub; HTML is one self-contained file.",
)
@click.option("--only-differences", "differences", is_flag=True, help="Show only what differs.")
@click.option("--check", "--exit-code", "check", is_flag=True, help="Exit with 5 if there are differences.")
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
    differences: bool,
    check: bool,
) -> int:
    """Show which permission is in which Pulumi stack: managed, missing, unmanaged, or described differently.

    APIs are matched by resource name, which stages of one program share while identifiers differ; otherwise by
    identifier. Descriptions are compared with those in the first stack. Without STACK, only the selected one is shown.
    """
    names = (*stacks, *more) or (one_stack(cwd=cwd).name,)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise click.UsageError(f"Named twice: {', '.join(twice)}. Name each stack once.")

    snapshots: list[StackSnapshot] = []
    found: dict[tuple[str, str], Observed] = {}
    with Progress() as line:
        for stack in (Stack.of(name, cwd) for name in names):
            line(f"reading stack {escape(stack.name)}")
            snapshots.append(read_stack(stack))
            if not snapshots[-1].apis:
                note = 'Note: stack "{0}" has no APIs yet: run `pulumi up --stack {0}` first.'
                click.echo(note.format(escape(stack.name)), err=True)
            elif live or holders:
                found |= _read_tenant(stack, snapshots[-1], line, with_holders=holders)
    compared = build_matrix(snapshots, found if live or holders else None)
    shown = only_differences(compared) if differences else compared
    deliver(
        form,
        {
            "terminal": lambda: matrix_text(shown),
            "markdown": lambda: matrix_markdown(shown, at_most=max_length),
            "json": lambda: json_text(matrix_data(shown)),
            "csv": lambda: matrix_csv(shown),
            "html": lambda: matrix_html(compared, only_differences=differences),
        },
        output,
    )
    return ExitCode.DIFFERENT if check and compared.differs else ExitCode.DONE


def _read_tenant(stack: Stack, snapshot: StackSnapshot, line: Progress, *, with_holders: bool) -> Live:
    """Return what a stack's tenant now holds of its APIs, and the holders."""
    line(f"reading the tenant of stack {escape(stack.name)}")
    found = {}
    with connect(settings_of(stack, stack.config()), line) as management:
        lookup = HolderLookup(management, on_progress=line, max_applications_named=ALL_APPLICATIONS)
        reader = new_reader(management, len(snapshot.apis))
        for state in snapshot.apis:
            try:
                api = reader.get(state.api_id)
            except NotFound:
                observed = Observed(None)
            else:
                observed = Observed(api.permissions, lookup.look_up(api) if with_holders else None)
            found[stack.name, state.urn] = observed
    return found
