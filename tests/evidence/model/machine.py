"""The state machine: texts in any order, and events that change cookies, clocks and servers."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.evidence.model.checks import Counts
from tests.evidence.model.cookie_faults import (
    OF_ANOTHER,
    SPOILT,
    Fault,
    close_to_its_expiry,
    old_or_of_another,
)
from tests.evidence.model.expected import FOUR_HOURS, HALF_AN_HOUR, Deployed
from tests.evidence.model.network import Build
from tests.evidence.model.world import FIRST, PAIRS, SECOND, THIRD, Pair, World

FLOWS = ["counter", "brief-counter", "reset-after-five", "message-number", "static-reply"]
FLOWS += ["sign-up", "order", "order"]
BODIES = ["hi", "Zoë 😀", '<b> & "c"', " two\nlines ", "back", "Restart", "exit"]
ROTATIONS = [
    (FIRST,),
    (SECOND, FIRST),
    (SECOND,),
    (THIRD, SECOND),
    (THIRD, SECOND, FIRST),
    (FIRST, THIRD),
]
pairs, flows, bodies = st.sampled_from(PAIRS), st.sampled_from(FLOWS), st.sampled_from(BODIES)
places, numbers = st.integers(0, 1), st.integers(0, 1_000)


class Conversations(RuleBasedStateMachine):
    """Raises Disagreement at the first response that the model does not expect."""

    def __init__(self, build: Build, counts: Counts) -> None:
        super().__init__()
        self.world, self.counts = World(build, counts), counts

    @rule(
        pair=pairs, flow=flows, body=bodies, place=places, method=st.sampled_from(["POST", "GET"])
    )
    def text(self, pair: Pair, flow: str, body: str, place: int, method: str) -> None:
        self.world.network.route(place)
        self.world.texts(pair, flow, body, method)

    @rule(pair=pairs, flow=flows, texts=st.lists(bodies, min_size=2, max_size=7))
    def talk(self, pair: Pair, flow: str, texts: list[str]) -> None:
        """Send several texts in a row, to the servers in turn."""
        self.world.network.route(0, 1)
        for body in texts:
            self.world.texts(pair, flow, body)

    @rule(pair=pairs, flow=flows, word=st.sampled_from(["STOP", "HELP"]), place=places)
    def opts_out(self, pair: Pair, flow: str, word: str, place: int) -> None:
        self.world.network.route(place)
        self.world.texts(pair, flow, word)

    @rule(pair=pairs, place=places)
    def text_again(self, pair: Pair, place: int) -> None:
        self.world.network.route(place)
        self.world.text_again(pair)

    @rule(pair=pairs, flow=flows, body=bodies)
    def delivered_again(self, pair: Pair, flow: str, body: str) -> None:
        self.world.network.route(1, 0)
        self.world.delivered_again(pair, flow, body)

    @rule(pair=pairs, flow=flows, one=bodies, two=bodies, place=places)
    def two_at_once(self, pair: Pair, flow: str, one: str, two: str, place: int) -> None:
        self.world.network.route(place)
        self.world.two_at_once(pair, flow, one, two)

    @rule(pair=pairs, flow=flows, body=bodies, times=st.integers(1, 4))
    def answers_are_lost(self, pair: Pair, flow: str, body: str, times: int) -> None:
        """Lose the first responses to the webhook's three attempts and to the fallback."""
        self.world.network.route(0, 1)
        self.world.network.lost = times
        self.world.texts(pair, flow, body, "POST#rc=2&rp=all")
        self.world.network.lost = 0

    @rule(pair=pairs)
    def cookie_before_comes_back(self, pair: Pair) -> None:
        self.world.simulator.step_back(*pair)

    @rule(pair=pairs, how=st.sampled_from(sorted(OF_ANOTHER)), which=numbers, place=places)
    def cookie_is_another(self, pair: Pair, how: str, which: int, place: int) -> None:
        self.world.network.route(place)
        self.continues_after(OF_ANOTHER[how], pair, which)

    @rule(pair=pairs, how=st.sampled_from(sorted(SPOILT)), where=numbers, place=places)
    def cookie_is_spoilt(self, pair: Pair, how: str, where: int, place: int) -> None:
        self.world.network.route(place)
        self.continues_after(SPOILT[how], pair, where)

    @rule(pair=pairs, which=numbers, place=places)
    def cookie_is_close_to_its_expiry(self, pair: Pair, which: int, place: int) -> None:
        self.world.network.route(place)
        self.continues_after(close_to_its_expiry, pair, which)

    def continues_after(self, fault: Fault, pair: Pair, number: int) -> None:
        """Text the flow that set the cookie."""
        mine = self.world.holds(pair)
        value = fault(self.world, pair, number)
        self.world.puts(pair, value)
        self.world.texts(pair, self.world.flow_of(value, mine), "on")

    @rule(pair=pairs, flow=flows)
    def cookie_is_sealed_by_another_secret(self, pair: Pair, flow: str) -> None:
        self.world.is_forged(pair, flow)

    @rule(pair=pairs, which=numbers)
    def two_cookies_come(self, pair: Pair, which: int) -> None:
        """A proxy adds another cookie before that of the jar."""
        self.world.network.route(0)
        value = old_or_of_another(self.world, pair, which)
        self.world.network.extra = f"parley={value}"
        self.world.texts(pair, self.world.flow_of(value), "hi")
        self.world.network.extra = ""

    @rule(
        seconds=st.sampled_from([1, 29, HALF_AN_HOUR - 1, HALF_AN_HOUR, FOUR_HOURS - 1, FOUR_HOURS])
    )
    def time_passes(self, seconds: int) -> None:
        self.world.clock.later(seconds)

    @rule(
        place=places,
        secrets=st.sampled_from(ROTATIONS),
        order=st.integers(0, 3),
        ahead=st.sampled_from([0, 0, 5, 6]),
    )
    def deploy(self, place: int, secrets: tuple[str, ...], order: int, ahead: int) -> None:
        self.world.network.deploy(place, Deployed(secrets, order, ahead))
        self.counts.deployed += 1

    @rule(pair=pairs, flow=flows, token=st.sampled_from(["no token at all", FIRST]), place=places)
    def wrong_token(self, pair: Pair, flow: str, token: str, place: int) -> None:
        self.world.network.route(place)
        self.world.wrong_token(pair, flow, token)
