"""The command line: a file for each command; here they are put together, and every error becomes an exit code.

Exit codes: 0 done, 1 findings (an invalid file, a plan that cannot wholly hold), 2 wrong usage.
"""

from __future__ import annotations

import os
import sys

import typer

from trialcal.cli.check import check
from trialcal.cli.plan import plan
from trialcal.cli.protocols import protocols
from trialcal.cli.schema import schema
from trialcal.cli.show import show

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


for command in (plan, show, check, protocols, schema):
    app.command()(command)


def main() -> None:
    """Run the command line. A closed pipe ends quietly; a full disk or a lost connection is told in a line."""
    try:
        app()
    except BrokenPipeError:
        # The reader has what it wanted (`| head -1`). Python would complain again when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except OSError as error:
        print(f"error: the result cannot be written: {error.strerror or error}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
