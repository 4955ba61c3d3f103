"""What a flow has done for it outside, and what it says when that fails."""


class ErrandFailed(Exception):
    """An errand that came to nothing; the message is its reason, fit for the log."""
