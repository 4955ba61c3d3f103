"""The model test of `make prove`, in small, and that it notices what it should."""

import ast
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import Phase, settings

import app
from app.conversation import Session
from app.wire.conversation_key import ConversationKey
from app.wire.session_cookie import SessionCookie
from prove.model import ROUND, agrees
from prove.model.expected import Deployed
from prove.model.judging import Tally
from prove.model.servers import build
from prove.model.world import FIRST, SECOND

SMALL = settings(ROUND, max_examples=10, derandomize=True)
UNTIL_FOUND = settings(ROUND, max_examples=60, phases=[Phase.generate])
SEEDS = range(30)
"""So many rounds at most: what hypothesis draws by a seed changes with the code of the project."""
Now = Callable[[], float]


class Blurred(SessionCookie):
    """Takes some conversations for others."""

    def seal(self, session: Session, key: ConversationKey, lifetime: int) -> str:
        return super().seal(session, self.blurred(key), lifetime)

    def open(self, header: str, key: ConversationKey, lifetime: int) -> Session:
        return super().open(header, self.blurred(key), lifetime)

    def blurred(self, key: ConversationKey) -> ConversationKey:
        raise NotImplementedError


class WithoutSender(Blurred):
    def blurred(self, key: ConversationKey) -> ConversationKey:
        return key._replace(from_="")


class WithoutFlow(Blurred):
    def blurred(self, key: ConversationKey) -> ConversationKey:
        return key._replace(flow="")


class WithoutLengths(Blurred):
    def blurred(self, key: ConversationKey) -> ConversationKey:
        return ConversationKey(key.flow, key.from_ + key.to, "")


class OpensASecondLonger(SessionCookie):
    def __init__(self, secrets: Sequence[str], clock: Now) -> None:
        super().__init__(secrets, lambda: clock() - self.behind)
        self.behind = 0

    def open(self, header: str, key: ConversationKey, lifetime: int) -> Session:
        self.behind = 1
        try:
            return super().open(header, key, lifetime)
        finally:
            self.behind = 0


def with_a_clock_six_seconds_ahead(deployed: Deployed, now: Now) -> Flask:
    return build(deployed._replace(ahead=6 if deployed.ahead else 0), now)


def with_retired_secrets(deployed: Deployed, now: Now) -> Flask:
    return build(deployed._replace(secrets=(*deployed.secrets, SECOND, FIRST)), now)


def with_the_old_flow(deployed: Deployed, now: Now) -> Flask:
    return build(deployed._replace(order=min(deployed.order, 1)), now)


def test_servers_and_model_agree() -> None:
    tally = Tally()
    assert agrees(0, tally, played=SMALL)
    assert tally.turns > 300
    assert min(tally.opened, tally.unopened, tally.refused, tally.deployed) > 0


@pytest.mark.live
@pytest.mark.parametrize(
    "mistaken", [WithoutSender, WithoutFlow, WithoutLengths, OpensASecondLonger]
)
def test_a_cookie_that_should_not_open_is_found(
    monkeypatch: pytest.MonkeyPatch, mistaken: type[SessionCookie]
) -> None:
    monkeypatch.setattr(app, "SessionCookie", mistaken)
    assert_found(build)


@pytest.mark.live
@pytest.mark.parametrize(
    "mistaken", [with_a_clock_six_seconds_ahead, with_retired_secrets, with_the_old_flow]
)
def test_servers_that_are_not_as_was_said_are_found(
    mistaken: Callable[[Deployed, Now], Flask],
) -> None:
    assert_found(mistaken)


def assert_found(mistaken: Callable[[Deployed, Now], Flask]) -> None:
    tally = Tally()
    assert any(not agrees(number, tally, mistaken, UNTIL_FOUND) for number in SEEDS)
    assert tally.lost + tally.mixed > 0


def test_the_model_shares_no_code_with_the_server() -> None:
    for name in ("expected", "readings"):
        source = (Path(__file__).parents[1] / f"prove/model/{name}.py").read_text()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "app" not in ast.unparse(node).replace(".", " ").split()
