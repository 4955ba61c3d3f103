"""The simulated Twilio, the servers and the model together: every response is checked."""

from parley.simulator.delivery import Delivery, Webhook, deliver
from parley.simulator.parameters import inbound
from parley.simulator.simulator import TwilioSimulator
from parley.testing import AUTH_TOKEN, PUBLIC_URL, Clock
from tests.evidence.model.checks import Counts, Disagreement, check
from tests.evidence.model.expected import Deployed, Model
from tests.evidence.model.network import Build, Network

Pair = tuple[str, str]
# The first and the last differ only in where `From` ends and `To` starts.
PAIRS: list[Pair] = [
    ("+15551230001", "+15559870002"),
    ("+15551230002", "+15559870002"),
    ("+15551230001", "+15559870003"),
    ("+1555123000", "1+15559870002"),
]
BEGINNING = 1_800_000_000.5
FIRST, SECOND, THIRD, FOREIGN = (f"secret {each} of at least 32 characters" for each in "1234")
TWO_SERVERS = (Deployed((FIRST,)), Deployed((FIRST,)))
FORGER = Deployed((FOREIGN, THIRD, SECOND, FIRST))
"""Opens every cookie, and seals it with a secret that no other server has."""
AT_FORGER = len(TWO_SERVERS)


class World:
    """Two servers and a forger, a simulated Twilio, and the model."""

    def __init__(self, build: Build, counts: Counts) -> None:
        self.counts, self.model, self.clock = counts, Model(), Clock(BEGINNING)
        self.network = Network(build, self.clock, (*TWO_SERVERS, FORGER))
        self.simulator = TwilioSimulator(self.network.send, self.clock)

    def texts(self, pair: Pair, flow: str, body: str, how: str = "POST") -> None:
        """Send a text; `how` is its method and, after a #, its connection overrides."""
        self._checked(self.simulator.text(webhook(flow, how), *pair, body))

    def text_again(self, pair: Pair) -> None:
        """Send the last text again with the cookie that it had."""
        if delivery := self.simulator.again(*pair):
            self._checked(delivery)

    def delivered_again(self, pair: Pair, flow: str, body: str) -> None:
        """Send a text, and the same again with the cookie of its response."""
        parameters = inbound(*pair, body)
        for _ in ("once", "again"):
            jar = self.simulator.jar(*pair)
            self._checked(deliver(webhook(flow), parameters, jar, self.network.send))

    def two_at_once(self, pair: Pair, flow: str, *bodies: str) -> None:
        deliveries = self.simulator.two_at_once(webhook(flow), *pair, *bodies)
        exchanges = self.network.take()
        for delivery in deliveries:
            sid = delivery.parameters["MessageSid"]
            mine = [each for each in exchanges if each.text.sid == sid]
            expected = [check(each, self.model, self.clock.now, self.counts) for each in mine]
            self._compare(delivery, expected[-1])

    def is_forged(self, pair: Pair, flow: str) -> None:
        """Let the forger seal the pair's session, and put that cookie into the pair's jar."""
        self.network.route(AT_FORGER)
        jar = self.simulator.jar(*pair)
        self._checked(deliver(webhook(flow), inbound(*pair, "hi"), jar, self.network.send))

    def wrong_token(self, pair: Pair, flow: str, token: str) -> None:
        """Send a text signed with another token, with the pair's cookies."""
        bad = Webhook(f"{PUBLIC_URL}/sms/{flow}", token)
        delivery = deliver(bad, inbound(*pair, "hi"), self.simulator.jar(*pair), self.network.send)
        for each in self.network.take():
            if each.response.status != 403 or each.response.set_cookies or delivery.messages:
                self.counts.let_in += 1
                raise Disagreement(f"a wrong token is answered with {each.response.status}")
            self.counts.refused += 1

    def holds(self, pair: Pair) -> str:
        """Return the value of the cookie in a pair's jar; empty if there is none."""
        return self.simulator.jar(*pair).header().partition("=")[2]

    def puts(self, pair: Pair, value: str) -> None:
        """Put another cookie into the jar, for four hours; a value that no jar accepts is lost."""
        self.simulator.forget(*pair)
        if value:
            self.simulator.jar(*pair).keep(f"parley={value}; Path=/; HttpOnly; Secure")

    def flow_of(self, *values: str) -> str:
        """Return the flow that set the first of these cookies that came from a server."""
        given = [self.model.given[each] for each in values if each in self.model.given]
        return given[0].conversation[0] if given else "counter"

    def _checked(self, delivery: Delivery) -> None:
        """Check every response of a delivery; the sender reads the last one that arrived."""
        expected = ""
        for each in self.network.take():
            right = check(each, self.model, self.clock.now, self.counts)
            expected = right if each.arrived else expected
        self._compare(delivery, expected)

    def _compare(self, delivery: Delivery, expected: str) -> None:
        read = "\n".join(each.body for each in delivery.messages)
        if read != expected:
            self.counts.mixed += 1
            raise Disagreement(f"the sender reads {read!r}, not {expected!r}")


def webhook(flow: str, how: str = "POST") -> Webhook:
    method, _, overrides = how.partition("#")
    return Webhook(
        f"{PUBLIC_URL}/sms/{flow}#{overrides}",
        AUTH_TOKEN,
        method,
        fallback_url=f"{PUBLIC_URL}/sms/fallback",
    )
