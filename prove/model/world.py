"""The simulated Twilio, the servers and the model together: every text is judged."""

from app.phone.delivery import Delivery, Webhook, deliver
from app.phone.parameters import inbound
from app.phone.switchboard import Switchboard
from app.phone.testing import AUTH_TOKEN, PUBLIC_URL, Clock
from prove.model.expected import Deployed, Model
from prove.model.judging import Disagreement, Tally, judge
from prove.model.network import Network
from prove.model.servers import Build

Pair = tuple[str, str]
# The first and the last are alike but for where `From` ends and `To` begins.
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
"""Opens every cookie, and seals it anew with a secret that no other server knows."""
AT_FORGER = len(TWO_SERVERS)


class World:
    """A beginning of everything."""

    def __init__(self, build: Build, tally: Tally) -> None:
        self.tally, self.model, self.clock = tally, Model(), Clock(BEGINNING)
        self.network = Network(build, self.clock, (*TWO_SERVERS, FORGER))
        self.board = Switchboard(self.network.send, self.clock)

    def texts(self, pair: Pair, flow: str, body: str, how: str = "POST") -> None:
        """One text; `how` are its method and, behind a #, its connection overrides."""
        self._judged(self.board.text(webhook(flow, how), *pair, body))

    def text_again(self, pair: Pair) -> None:
        """The last text with the cookie that it had."""
        if delivery := self.board.again(*pair):
            self._judged(delivery)

    def delivered_again(self, pair: Pair, flow: str, body: str) -> None:
        """A text, and the very same again with the cookie of its answer."""
        parameters = inbound(*pair, body)
        for _ in ("once", "again"):
            jar = self.board.jar(*pair)
            self._judged(deliver(webhook(flow), parameters, jar, self.network.send))

    def two_at_once(self, pair: Pair, flow: str, *bodies: str) -> None:
        deliveries = self.board.two_at_once(webhook(flow), *pair, *bodies)
        passed = self.network.taken()
        for delivery in deliveries:
            sid = delivery.parameters["MessageSid"]
            mine = [each for each in passed if each.text.sid == sid]
            readings = [judge(each, self.model, self.clock.now, self.tally) for each in mine]
            self._read(delivery, readings[-1])

    def is_forged(self, pair: Pair, flow: str) -> None:
        """Let the forger seal the pair's memory, and put that cookie into its jar."""
        self.network.by_way_of(AT_FORGER)
        jar = self.board.jar(*pair)
        self._judged(deliver(webhook(flow), inbound(*pair, "hi"), jar, self.network.send))

    def stranger(self, pair: Pair, flow: str, token: str) -> None:
        """A text that somebody else than Twilio has signed, with the pair's cookies."""
        bad = Webhook(f"{PUBLIC_URL}/sms/{flow}", token)
        delivery = deliver(bad, inbound(*pair, "hi"), self.board.jar(*pair), self.network.send)
        for each in self.network.taken():
            if each.response.status != 403 or each.response.set_cookies or delivery.messages:
                self.tally.let_in += 1
                raise Disagreement(f"a stranger is answered with {each.response.status}")
            self.tally.refused += 1

    def holds(self, pair: Pair) -> str:
        """The value of the cookie in a pair's jar; empty where there is none."""
        return self.board.jar(*pair).header().partition("=")[2]

    def puts(self, pair: Pair, value: str) -> None:
        """Another cookie into the jar, kept for four hours; what no jar takes is lost."""
        self.board.forget(*pair)
        if value:
            self.board.jar(*pair).keep(f"parley={value}; Path=/; HttpOnly; Secure")

    def flow_of(self, *values: str) -> str:
        """The flow that gave the first of these cookies that was given at all."""
        given = [self.model.given[each] for each in values if each in self.model.given]
        return given[0].conversation[0] if given else "counter"

    def _judged(self, delivery: Delivery) -> None:
        """Judge every request of a delivery; read is what the last answer that arrived says."""
        reading = ""
        for each in self.network.taken():
            right = judge(each, self.model, self.clock.now, self.tally)
            reading = right if each.arrived else reading
        self._read(delivery, reading)

    def _read(self, delivery: Delivery, reading: str) -> None:
        read = "\n".join(each.body for each in delivery.messages)
        if read != reading:
            self.tally.mixed += 1
            raise Disagreement(f"the sender reads {read!r}, not {reading!r}")


def webhook(flow: str, how: str = "POST") -> Webhook:
    method, _, overrides = how.partition("#")
    return Webhook(
        f"{PUBLIC_URL}/sms/{flow}#{overrides}",
        AUTH_TOKEN,
        method,
        fallback_url=f"{PUBLIC_URL}/sms/fallback",
    )
