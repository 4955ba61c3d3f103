"""What a turn of Parley may cost, beside the usual tutorial, bare Flask and Express."""

from dataclasses import dataclass

HEAD = ("target", "wanted", "measured", "")


@dataclass(frozen=True)
class Target:
    """A ratio that Parley may not exceed, or must reach where `at_least` is set.

    `aim` is what would be better still.
    """

    what: str
    limit: float
    aim: float | None = None
    at_least: bool = False

    def told(self, ratio: float | None) -> list[str]:
        """The target, the ratio that was measured, and whether it is met, as columns."""
        bound = f"{'at least' if self.at_least else 'at most'} {self.limit:.2f}"
        wanted = f"{bound}, aim {self.aim:.2f}" if self.aim else bound
        if ratio is None:
            return [self.what, wanted, "-", "not measured"]
        met = ratio >= self.limit if self.at_least else ratio <= self.limit
        return [self.what, wanted, f"{ratio:.3f}", "met" if met else "missed"]


ALONE = Target("instructions, app alone, to the tutorial's", 0.42)
PURE = Target("instructions under gunicorn, to the tutorial's", 0.53, 0.40)
FAST = Target("the same, both with gunicorn's fast parser", 0.50, 0.40)
EXPRESS_KEPT = Target("processor time, 16 connections, to Express's", 1.25, 1.00)
EXPRESS_CLOSED = Target("the same, a connection for each turn", 1.25, 1.00)
MEMORY = Target("memory of a worker, to the tutorial's", 1.00)
FIRST = Target("time to the first 200, to bare Flask's", 1.20)
FLAT = Target("a turn among 1,000,000 conversations, to one's", 1.05)
LINEAR = Target("the largest cookie or text, to a line through the smaller", 1.05)
WORKERS = Target("turns of two workers on two cores, to one's", 1.80, at_least=True)
