"""What a turn of Parley may cost, beside the usual tutorial, bare Flask and Express."""

from dataclasses import dataclass


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


ALONE = Target("instructions, application alone, to the tutorial's", 0.42)
PURE = Target("instructions under gunicorn, to the tutorial's", 0.53, 0.40)
FAST = Target("instructions under gunicorn with its fast parser, to the tutorial's", 0.50, 0.40)
EXPRESS = Target("processor time of a turn, to Express's", 1.25, 1.00)
MEMORY = Target("memory of a worker, to the tutorial's", 1.00)
FIRST = Target("time to the first 200, to bare Flask's", 1.20)
FLAT = Target("cost of a turn among 1,000,000 conversations, to among 1", 1.05)
WORKERS = Target("turns of two workers on two cores, to one's", 1.80, at_least=True)
