"""Fuzzing: requests changed by lot and by what of the code they reach; what must come of none."""

from prove.rows import Row


def proved(*, long: bool) -> list[Row]:
    """The rows of the table that fuzzing fills."""
    # Not above: prove.fuzz.guided, in this package, must be the first to import the application.
    from prove.fuzz.proving import rows

    return rows(long=long)
