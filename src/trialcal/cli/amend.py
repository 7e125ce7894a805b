"""`trialcal amend`: a subject moves to another version of the protocol; what is done stays as it was judged."""

from __future__ import annotations

from typing import Annotated

import typer


def amend(
    subject: Annotated[
        str, typer.Argument(help="A subject's file, or a study number whose file is here.", metavar="SUBJECT")
    ],
    to: Annotated[str, typer.Option("--to", help="The version to move to, as the protocol states it.")],
    on: Annotated[
        str | None, typer.Option("--on", help="The first date that it counts for; default: today.", metavar="DATE")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why.", metavar="TEXT")] = "",
    by: Annotated[
        str | None,
        typer.Option("--by", help="Who records it: a staff code or role.", metavar="CODE", envvar="TRIALCAL_BY"),
    ] = None,
    today: Annotated[
        str | None, typer.Option("--today", help="The date of today; default: this machine's.", metavar="DATE")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")] = False,
) -> None:
    """Move a subject to another version of the protocol: show what that changes, then write it.

    Visits dated before that day stay as they were judged; visits to come follow the new version.

    trialcal amend GC-001 --to 2.0 --on 2025-05-01 --by SC1
    """
    from trialcal.cli.clock import now
    from trialcal.cli.clock import today as todays_date
    from trialcal.cli.moving import amended
    from trialcal.cli.output import stop

    code = amended(subject, to, on, by, reason, todays_date(today), now(), dry_run=dry_run)
    if code:
        stop(code)
