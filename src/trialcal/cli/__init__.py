"""The command line: a file for each command; here they are put together, and every error becomes an exit code.

Exit codes: 0 done, 1 findings (an invalid file, a plan that cannot wholly hold), 2 wrong usage.
"""

from __future__ import annotations

import sys

import typer

from trialcal.cli.agenda import agenda
from trialcal.cli.amend import amend
from trialcal.cli.check import check
from trialcal.cli.cohort import cohort
from trialcal.cli.deviations import deviations
from trialcal.cli.diff import diff
from trialcal.cli.history import history
from trialcal.cli.new import new
from trialcal.cli.plan import plan
from trialcal.cli.protocols import protocols
from trialcal.cli.publish import publish
from trialcal.cli.record import record
from trialcal.cli.schema import schema
from trialcal.cli.show import show
from trialcal.cli.simulate import simulate
from trialcal.cli.starts import starts
from trialcal.cli.why import why

# Plain help: rich markup would cost as much time as all the rest of --help, for a frame around the same words.
app = typer.Typer(
    name="trialcal",
    help="Visit and dosing schedules of clinical trials, exact and explained.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _version(wanted: bool) -> None:
    if wanted:
        from trialcal import __version__

        typer.echo(f"trialcal {__version__}")
        raise typer.Exit


@app.callback()
def head(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Visit and dosing schedules of clinical trials, exact and explained."""
    from trialcal.files.inputs import forget

    forget()


for command in (
    *(plan, starts, why, show, check, protocols, schema),
    *(new, record, history, deviations, agenda, cohort, simulate, publish, amend, diff),
):
    app.command()(command)


def main() -> None:
    """Run the command line. Whatever happens is told in a line; `python -X dev -m trialcal` shows the traceback."""
    try:
        app()
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        from trialcal.cli.output import printable, tell

        if isinstance(error, OSError):
            where = f"{printable(str(error.filename))}: " if error.filename else ""
            tell(f"error: {where}{error.strerror or error}")
        else:
            told = printable(f"{type(error).__name__}: {error}")
            tell(f"error: this is a fault of trialcal, not yours: {told} (please report it, with the command)")
        sys.exit(getattr(error.__context__, "exit_code", 1))  # wrong usage, but its message could not be written
