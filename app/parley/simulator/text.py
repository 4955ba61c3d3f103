"""A text, as it is sent, and in a transcript."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from parley.simulator.delivery import Delivery, Webhook
from parley.simulator.faults import SLOW
from parley.simulator.parameters import inbound
from parley.simulator.transcript import text_lines

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, repr=False)
class Text:
    """A text: `more` are its additional parameters.

    `fault` is one of `FAULTS`; `fate` is one of `FATES`, that of the replies. Both may be empty.
    """

    webhook: Webhook
    parameters: dict[str, str]
    more: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    fate: str = ""

    @classmethod
    def new(
        cls,
        webhook: Webhook,
        addresses: tuple[str, str],
        body: str,
        *,
        media_urls: Sequence[str] = (),
        segments: int = 1,
        more: Mapping[str, str] = NOTHING,
        fault: str = "",
        fate: str = "",
    ) -> "Text":
        """Return a text with a new SID; a fault also applies to the fallback URL."""
        parameters = {**inbound(*addresses, body, media_urls, segments), **more}
        if fault and fault != SLOW:
            webhook = replace(webhook, fallback_url="")
        return cls(webhook, parameters, dict(more), fault, fate)

    @property
    def pair(self) -> tuple[str, str]:
        return self.parameters["From"], self.parameters["To"]

    @property
    def sid(self) -> str:
        return self.parameters["MessageSid"]

    @property
    def media_urls(self) -> tuple[str, ...]:
        count = int(self.parameters["NumMedia"])
        return tuple(self.parameters[f"MediaUrl{number}"] for number in range(count))

    def lines(self, delivery: Delivery, *, with_sid: bool) -> list[str]:
        """Return the lines of a transcript, `with_sid` if the answer depends on the SID."""
        parameters = dict(self.more)
        if with_sid:
            parameters |= {"MessageSid": self.sid}
        fault = [f"* {self.fault}"] if self.fault and self.fault != SLOW else []
        return [*fault, *text_lines(self.parameters["Body"], delivery, parameters.items())]
