"""`trialcal schema`: the JSON Schema of protocols, or of sites' or subjects' files."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(
    site: Annotated[bool, typer.Option("--site", help="The schema of a site's file instead.")] = False,
    subject: Annotated[bool, typer.Option("--subject", help="The schema of a subject's file instead.")] = False,
) -> None:
    """Print the JSON Schema of protocols, or of sites' or subjects' files: editors complete and check with it."""
    from trialcal.cli.output import stop, tell, write_result
    from trialcal.files.schema import schema_text

    if site and subject:
        tell("error: --site and --subject: a schema is of one kind of file (leave one out)")
        stop(2)
    write_result(schema_text(of="site" if site else "subject" if subject else "protocol").encode(), None)
