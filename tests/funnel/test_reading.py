"""The log and the metrics have the same counts, and other input is an error."""

import io
from collections.abc import Callable

import pytest
from flask import Flask

from parley.funnel.counts import Funnel
from parley.funnel.reading import NotRead, add_lines
from parley.logging import JsonFormatter
from parley.testing import Clock
from tests.funnel.conversations import METRICS_TOKEN, hold, page_of
from tests.webhook import Twilio


def json_log(caplog: pytest.LogCaptureFixture) -> str:
    """Return the log lines, as LOG_FORMAT=json writes them."""
    formatter = JsonFormatter()
    return "".join(f"{formatter.format(each)}\n" for each in caplog.records)


def read(text: str) -> Funnel:
    funnel = Funnel()
    add_lines(io.StringIO(text), funnel)
    return funnel


def numbers(funnel: Funnel) -> dict[str, object]:
    """Return every count other than 0."""
    return {
        name: (
            {event: count for event, count in script.events.items() if count},
            {
                question: (
                    {event: count for event, count in each.events.items() if count},
                    {bound: count for bound, count in each.seconds.items() if count},
                )
                for question, each in script.questions.items()
                if each.events.total()
            },
        )
        for name, script in funnel.scripts.items()
        if script.has_events
    }


def test_the_log_and_the_metrics_have_the_same_counts(
    make_app: Callable[..., Flask], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(METRICS_TOKEN=METRICS_TOKEN)
    hold(app.test_client(use_cookies=False), clock.later)
    of_page, of_log = numbers(read(page_of(app))), numbers(read(json_log(caplog)))
    assert of_page == of_log
    assert of_log["sign-up"] == (
        {"begun": 6, "finished": 2, "exit": 1, "menu": 1},
        {
            "name": (
                {"asked": 7, "asked again": 1, "answered": 6},
                {5: 1, 10: 2, 20: 1, 30: 1, 60: 1},
            ),
            "colour": ({"asked": 6, "answered": 2, "went back": 1, "left": 2}, {5: 1, 10: 1}),
        },
    )


def test_other_lines_and_line_prefixes_are_ignored(
    make_app: Callable[..., Flask], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    hold(make_app().test_client(use_cookies=False), clock.later)
    lines = json_log(caplog).splitlines()
    others = ["", "GET / 200", "{not json", '["a"]', '{"event": "turn"}', '{"event": "serving"}']
    mixed = [*others, *(f"parley-1  | {line}" for line in lines), *others]
    assert numbers(read("\n".join(mixed))) == numbers(read("\n".join(lines)))


def test_two_sources_are_added_up(
    make_app: Callable[..., Flask], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(METRICS_TOKEN=METRICS_TOKEN)
    hold(app.test_client(use_cookies=False), clock.later)
    twice = read(page_of(app))
    add_lines(io.StringIO(json_log(caplog)), twice)
    assert twice.scripts["sign-up"].events["begun"] == 12
    assert twice.scripts["sign-up"].questions["name"].seconds.total() == 12


def test_other_input_is_an_error(twilio: Twilio, caplog: pytest.LogCaptureFixture) -> None:
    twilio.text("sign-up")
    for text in ("", "\n\n", "<html>", caplog.text, '{"event": "refused"}'):
        with pytest.raises(NotRead, match="LOG_FORMAT=json"):
            read(text)
    with pytest.raises(NotRead, match="is not a page of metrics"):
        read("# HELP parley_turns_total Turns\nparley_turns_total{ 1\n")
    with pytest.raises(NotRead, match="no parley_scripts_total"):
        read("# TYPE up gauge\nup 1\n")


@pytest.mark.parametrize(
    ("seconds", "median"),
    [
        ([], None),
        ([3], 2.5),
        ([5, 5, 5, 5], 2.5),
        ([6, 6], 7.5),
        ([8, 700], 10),
        ([86_401], 86_400),
    ],
)
def test_the_median_is_computed_as_in_prometheus(seconds: list[int], median: float | None) -> None:
    funnel = Funnel()
    for each in seconds:
        funnel.add_seconds("a", "b", each)
    assert funnel.script("a").question("b").median_seconds == median
