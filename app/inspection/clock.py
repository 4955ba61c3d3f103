"""Whether the clock that a server answers with agrees with this machine's."""

import math
from email.utils import parsedate_to_datetime

from app.inspection.finding import Finding, no, ok, unknown

TOLERANCE = 5
"""Seconds: a cookie that a server whose clock is further ahead has sealed does not open."""
CLOCK = "clock"


def clock(date: str, asked: float, answered: float) -> Finding:
    """Compare a `Date` header with the time when it was asked for and when it was answered.

    Both in seconds since 1970. The header is cut to whole seconds, and was written somewhere in
    between: the difference is known as a range only.
    """
    try:
        said = parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return unknown(CLOCK, "the answer has no Date that could be compared")
    least, most = said - answered, said + 1 - asked
    if least > TOLERANCE or most < -TOLERANCE:
        off = math.floor(least) if least > 0 else math.floor(-most)
        way = "ahead of" if least > 0 else "behind"
        return no(
            CLOCK,
            f"the server's is {off:,} seconds or more {way} this machine's, {TOLERANCE} are "
            "tolerated: set both by NTP",
        )
    furthest = math.ceil(max(abs(least), abs(most)))
    if furthest > TOLERANCE:
        spent = answered - asked
        return unknown(CLOCK, f"the answer took {spent:.1f} seconds, too long to tell: try again")
    plural = "" if furthest == 1 else "s"
    return ok(CLOCK, f"within {furthest} second{plural} of this machine's")
