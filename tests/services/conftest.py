"""Fixtures for services that call Twilio: the stand-in, and an account."""

from collections.abc import Iterator, Mapping

import pytest

from parley.services.twilio_api import TwilioApi
from tests.rest.stand_in import ACCOUNT, AUTH_TOKEN, StandIn, rest_by_http

Twilios = tuple[StandIn, Mapping[str, str]]


@pytest.fixture
def twilios() -> Iterator[Twilios]:
    """The stand-in, and the local origin for each of Twilio's."""
    with rest_by_http() as found:
        yield found


@pytest.fixture
def stand_in(twilios: Twilios) -> StandIn:
    return twilios[0]


@pytest.fixture
def api(twilios: Twilios) -> TwilioApi:
    return TwilioApi(ACCOUNT, ACCOUNT, AUTH_TOKEN, twilios[1])
