"""`trialcal protocols`: which protocols there are, and where."""

from __future__ import annotations


def protocols() -> None:
    """List the protocols that --protocol finds by their ids, and from where."""
    from trialcal.cli.listing import listing_text
    from trialcal.cli.output import write_result

    write_result(listing_text().encode(), None)
