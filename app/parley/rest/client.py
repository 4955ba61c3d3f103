"""Connecting to Twilio, and asking each thing once."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.outside.rest.failures import NoAnswer, disconnection, refusal

SECONDS = 10.0
"""To connect, and then between two bytes of an answer."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Credentials:
    """Whose account is called, and as whom: an API key and its secret, or the account itself."""

    account_sid: str = field(repr=False)
    user: str = field(repr=False)
    password: str = field(repr=False)


@contextmanager
def connected(credentials: Credentials) -> Iterator[Any]:
    """Twilio's own client. It never tries again: a message that was sent would be sent twice."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    quiet = logging.Logger(__name__, logging.CRITICAL)  # it would log numbers
    http = TwilioHttpClient(timeout=SECONDS, logger=quiet, max_retries=0)
    try:
        yield Client(
            credentials.user, credentials.password, credentials.account_sid, http_client=http
        )
    finally:
        if http.session:
            http.session.close()


def asked(ask: Callable[[], Answer]) -> Answer:
    """What a call of the client returns. Raises Refused, NotReached or NoAnswer, and no other."""
    from twilio.base.exceptions import TwilioException

    try:
        return ask()
    except TwilioException as error:
        raise refusal(error) from None
    except OSError as error:  # all of requests' exceptions are OSErrors
        raise disconnection(error) from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise NoAnswer("what came back is no answer of Twilio's, but perhaps a proxy's") from None
