"""Twilio's own client, which makes each call once."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from parley.rest.errors import UnknownOutcomeError, api_error, network_error

SECONDS = 10.0
"""Timeouts in seconds: to connect, and between two bytes of a response."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Credentials:
    """An account with its credentials: an API key and secret, or the account SID and token."""

    account_sid: str = field(repr=False)
    user: str = field(repr=False)
    password: str = field(repr=False)


@contextmanager
def open_client(credentials: Credentials) -> Iterator[Any]:
    """Open Twilio's client. It never retries, because a retry could send a message twice."""
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


def call(function: Callable[[], Result]) -> Result:
    """Call a function that uses the client, and convert all its errors to RestError."""
    from twilio.base.exceptions import TwilioException

    try:
        return function()
    except TwilioException as error:
        raise api_error(error) from None
    except OSError as error:  # all of requests' exceptions are OSErrors
        raise network_error(error) from None
    except (ValueError, LookupError, TypeError, AttributeError):
        words = "what came back is not Twilio's, but perhaps a proxy's"
        raise UnknownOutcomeError(words) from None
