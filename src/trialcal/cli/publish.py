"""`trialcal publish`: subjects' plans into a calendar on a server."""

from __future__ import annotations

from typing import Annotated

import typer

from trialcal.cli.names import Summary, Windows


def publish(
    files: Annotated[
        list[str], typer.Argument(help="Subjects' files, or folders of them.", metavar="SUBJECT_FILE|FOLDER...")
    ],
    to: Annotated[
        str, typer.Option("--to", help="The address of a CalDAV calendar, as https://...", metavar="ADDRESS")
    ],
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            help="Who signs in; the password comes from TRIALCAL_CALDAV_PASSWORD or the keyring.",
            envvar="TRIALCAL_CALDAV_USER",
            metavar="NAME",
        ),
    ] = None,
    summary: Annotated[
        Summary, typer.Option(help="Titles in the calendar: neutral ones tell no protocol, product or visit.")
    ] = Summary.full,
    windows: Annotated[
        Windows, typer.Option(help="Windows in the calendar: events of their own, text, or none.")
    ] = Windows.event,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be put, and put nothing.")] = False,
) -> None:
    """Put subjects' visits into a calendar on a server, and keep them up to date there.

    trialcal publish GC-001.yaml --to https://dav.example.org/calendars/unit-3/study/ --dry-run
    """
    from trialcal.cli.output import stop
    from trialcal.cli.publishing import Place, publish_files

    stop(publish_files(files, Place(to, user), windows, summary, dry_run=dry_run))
