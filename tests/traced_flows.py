"""Flows that call services, for the tests of traces."""

from typing import Any

from parley import Message, Reply, Script, ServiceError, Session, call, flow, script


@flow
def fetching(message: Message, _session: Session, *, http: Any) -> Reply:
    """Fetch the URL in the text."""
    return Reply(http.get(message.body).text)


def price_of(what: str) -> str:
    return f"{what}: 5"


@script
def pricing(*, find_stock: Any) -> Script:
    """Ask for an article, and reply with its price."""
    thing = yield "What?"
    price = yield call(price_of, thing)
    stock = yield call(find_stock, thing, default="none")
    return f"{price}, in stock: {stock}"


@flow
def failing(message: Message, _session: Session) -> Reply:
    """Fail with the text in the message of the exception."""
    raise ValueError(f"{message.body} from {message.from_}")


@flow
def needing(_message: Message, _session: Session, *, shop_name: str) -> Reply:
    """Require a setting."""
    return Reply(shop_name)


def no_stock(what: str) -> str:
    raise ServiceError(f"nothing known of {what}")
