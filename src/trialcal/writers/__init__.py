"""Writers: a schedule as a calendar, rows, or a table; a protocol as an outline."""
