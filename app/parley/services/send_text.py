"""The service `send_text`: a text that is not part of the reply, to any phone."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from hashlib import blake2b

from parley.conversation import ServiceError
from parley.services.twilio_api import DEADLINE, TwilioApi, TwilioRejected, UnknownOutcome

MOST_REMEMBERED = 4_096
"""Maximum number of keys that a process stores, to detect duplicates."""

_FAILED = frozenset({"failed", "undelivered", "canceled"})


class TextSender:
    """Sends texts for an account, each once per idempotency key in this process."""

    def __init__(self, api: TwilioApi) -> None:
        self._api = api
        self._sent = _Once()

    def send_text(
        self,
        to: str,
        body: str,
        from_: str,
        media: Sequence[str] = (),
        *,
        idempotency_key: str | None = None,
    ) -> str:
        """Send a text, and return its message SID.

        `from_` is a number of the account (`message.to`), or a Messaging Service (`MG…`). `media`
        are URLs of pictures. The same text is sent once per `idempotency_key` by this process, as
        long as it stores the key. Twilio does not support such keys.

        Raises TwilioRejected with Twilio's `code`, UnknownOutcome if it may have been sent, and
        ServiceError if it was not.
        """
        sender = "MessagingServiceSid" if from_.startswith("MG") else "From"
        form = [("To", to), (sender, from_), ("Body", body), *(("MediaUrl", url) for url in media)]
        if idempotency_key is None:
            return self._send(form)
        return self._sent.run((idempotency_key, *form), lambda: self._send(form))

    def _send(self, form: list[tuple[str, str]]) -> str:
        created = self._api.post("/Messages.json", [each for each in form if each[1]])
        if created.get("status") in _FAILED:
            raise TwilioRejected(int(created.get("error_code") or 30008))
        if not isinstance(sid := created.get("sid"), str):
            raise UnknownOutcome("the response is not Twilio's")
        return sid


class _Once:
    """Detects duplicates by digest; a second call waits for the result of the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: OrderedDict[bytes, Future[str]] = OrderedDict()

    def run(self, parts: object, send: Callable[[], str]) -> str:
        key = blake2b(repr(parts).encode(errors="surrogatepass")).digest()
        with self._lock:
            is_first = key not in self._results
            result = self._results.setdefault(key, Future())
            if len(self._results) > MOST_REMEMBERED:
                self._results.popitem(last=False)
        if not is_first:
            try:
                return result.result(DEADLINE + 1)
            except TimeoutError:
                raise UnknownOutcome("the same text is being sent") from None
        try:
            result.set_result(send())
        except BaseException as error:
            if not isinstance(error, UnknownOutcome):  # it was not sent, and may be tried again
                with self._lock, suppress(KeyError):
                    del self._results[key]
            failed = error if isinstance(error, ServiceError) else ServiceError("it was not sent")
            result.set_exception(failed)
            raise
        return result.result()
