"""Calls of services that fail: caught where they are raised, replaced by a default, or uncaught."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from parley.conversation import Script, ScriptFailed, ServiceError, call, confirm, script
from parley.conversation.session import NotRemembered
from parley.services.http import BadStatus
from parley.testing import Sms
from tests.conversation.scripts import Sender
from tests.services.upstream import Answer, said, sends, source, stalls


class Service:
    """A service that raises or returns these values in turn."""

    def __init__(self, *results: Any) -> None:
        self.results: Iterator[Any] = iter(results)
        self.calls: list[Any] = []

    def __call__(self, *arguments: Any) -> Any:
        self.calls.append(arguments)
        result = next(self.results)
        if isinstance(result, Exception):
            raise result
        return result


class SoldOut(ServiceError):
    def __init__(self, dish: str, left: int) -> None:
        super().__init__(f"no {dish}")
        self.dish, self.left = dish, left


class Unprintable(ServiceError):
    def __init__(self) -> None:
        super().__init__(object())
        self.lock = object()

    def __str__(self) -> str:
        return "a reason"


def test_a_failure_is_raised_at_the_yield_in_this_turn_and_in_replays() -> None:
    service = Service(SoldOut("soup", 2), "never")

    @script
    def order() -> Script:
        try:
            said = yield call(service)
        except SoldOut as error:
            said = f"{error}: {error.dish} {error.left}"
        name = yield f"{said}. Name?"
        return f"{said}. Thanks, {name}."

    sender = Sender(order)
    assert sender.says("hi") == "no soup: soup 2. Name?"
    assert sender.says("Zoë") == "no soup: soup 2. Thanks, Zoë."
    assert len(service.calls) == 1


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ServiceError("down"), "ServiceError down"),
        (ServiceError(), "ServiceError "),
        (BadStatus(409), "BadStatus the server responds with 409"),
        (Unprintable(), "Unprintable a reason"),
    ],
)
def test_any_service_error_is_remembered_with_its_class_and_reason(
    error: ServiceError, shown: str
) -> None:
    @script
    def order() -> Script:
        try:
            yield call(service)
        except ServiceError as caught:
            name = yield f"{type(caught).__name__} {caught}"
            return f"{type(caught).__name__} {caught} {getattr(caught, 'status', name)}"
        return "it works"

    service = Service(error)
    sender = Sender(order)
    assert sender.says("hi") == shown
    assert sender.says("x") == f"{shown} {getattr(error, 'status', 'x')}"


def test_a_class_that_no_longer_exists_becomes_a_plain_service_error() -> None:
    @script
    def order() -> Script:
        try:
            yield call(service)
        except ServiceError as caught:
            yield str(caught)
            return type(caught).__name__
        return "it works"

    service = Service(SoldOut("soup", 2))
    sender = Sender(order)
    assert sender.says("hi") == "no soup"
    sender.session = sender.session.replace("SoldOut", "Renamed")
    assert sender.says("x") == "ServiceError"


def test_a_script_can_repeat_a_failed_call_in_a_loop() -> None:
    service = Service(ServiceError("1"), ServiceError("2"), "fine")

    @script
    def order() -> Script:
        for _ in range(3):
            try:
                result = yield call(service)
                break
            except ServiceError:
                continue
        else:
            result = "down"
        yield f"{result}?"
        return f"{result}."

    sender = Sender(order)
    assert sender.says("hi") == "fine?"
    assert sender.says("yes") == "fine."
    assert len(service.calls) == 3


def test_a_default_is_used_and_remembered() -> None:
    service = Service(ServiceError("down"), {"price": 3})

    @script
    def order() -> Script:
        price = yield call(service, "soup", default={"price": 5})
        yield f"{price['price']}?"
        return f"{price['price']}."

    sender = Sender(order)
    assert sender.says("hi") == "5?"
    assert sender.says("yes") == "5."
    assert service.calls == [("soup",)]


def test_a_default_may_be_none_and_must_be_json() -> None:
    @script
    def order() -> Script:
        return f"{(yield call(Service(ServiceError('down')), default=None))}"

    assert Sender(order).says("hi") == "None"
    with pytest.raises(NotRemembered):
        _ = call(int, default=object())


def test_a_default_does_not_replace_other_errors() -> None:
    @script
    def order() -> Script:
        return f"{(yield call(Service(ValueError('a mistake')), default='x'))}"

    with pytest.raises(ScriptFailed, match="raised ValueError in a call"):
        Sender(order).says("hi")


def test_back_runs_a_failed_call_again() -> None:
    service = Service(ServiceError("down"), "fine")

    @script
    def order() -> Script:
        dish = yield "Dish?"
        state = yield call(service, dish, default="bad")
        yield f"{state}. Drink?"
        return f"{state}"

    sender = Sender(order)
    sender.says("hi")
    assert sender.says("soup") == "bad. Drink?"
    assert sender.says("back") == "Dish?"
    assert sender.says("soup") == "fine. Drink?"


FLOW = """
from parley import Http, Script, ServiceError, Url, call, script

@script
def order(*, http: Http, shop: Url) -> Script:
    dish = yield "Dish?"
    {}
    return f"Order {{order}} of {{dish}}."
"""
POST = "order = (yield call(http.post_json, shop, {'dish': dish}))['number']"
MADE = sends(said(b'{"number": 7}'))
DOWN = sends(said(b"", "503 Busy"))


@pytest.fixture
def order_at(sms: Sms, guest_flow: Callable[[str, str], None]) -> Callable[..., Sms]:
    """A phone that texts a script which orders at a URL, by a call written like this."""

    def make(url: str, call: str = POST) -> Sms:
        guest_flow("order", FLOW.format(call))
        return sms(settings={"SHOP": url})

    return make


def keys(asked: list[bytes]) -> list[str]:
    """Return the Idempotency-Key of each request."""
    heads = [each.partition(b"\r\n\r\n")[0].decode().split("\r\n") for each in asked]
    found = [dict(line.split(": ", 1) for line in head[1:]) for head in heads]
    return [each.get("Idempotency-Key", "") for each in found]


def test_a_post_has_a_key_for_the_message_and_the_step(order_at: Callable[..., Sms]) -> None:
    with source(*[MADE] * 4) as (url, asked):
        phone = order_at(url, f"{POST}; {POST}")
        phone.text("order")
        sid = "SM" + "a" * 32
        assert phone.text("order", "soup", MessageSid=sid) == "Order 7 of soup."
        assert phone.deliver_again() == "Order 7 of soup."
    assert keys(asked) == [f"{sid}-1", f"{sid}-2", f"{sid}-1", f"{sid}-2"]
    assert json.loads(asked[0].partition(b"\r\n\r\n")[2]) == {"dish": "soup"}


def test_a_text_that_continues_an_older_cookie_sends_the_same_key(
    order_at: Callable[..., Sms],
) -> None:
    with source(MADE, MADE) as (url, asked):
        phone = order_at(url, f"{POST}; yield 'Drink?'")
        phone.text("order")
        phone.text("order", "soup", MessageSid="SM" + "a" * 32)
        phone.restore_cookie()
        phone.text("order", "soup", MessageSid="SM" + "a" * 32)
    assert keys(asked) == 2 * [f"SM{'a' * 32}-1"]


@pytest.mark.parametrize(("given", "sent"), [("'mine'", "mine"), ("None", "")])
def test_an_author_can_set_or_omit_the_key(
    order_at: Callable[..., Sms], given: str, sent: str
) -> None:
    post = POST.replace("dish})", f"dish}}, idempotency_key={given})")
    with source(MADE) as (url, asked):
        phone = order_at(url, post)
        phone.text("order")
        phone.text("order", "soup")
    assert keys(asked) == [sent]


def test_a_get_has_no_key(order_at: Callable[..., Sms]) -> None:
    with source(MADE) as (url, asked):
        phone = order_at(url, "order = (yield call(http.get_json, shop, deadline=2))['number']")
        phone.text("order")
        assert phone.text("order", "soup") == "Order 7 of soup."
    assert keys(asked) == [""]


def test_a_sid_that_is_invalid_in_a_header_is_quoted(order_at: Callable[..., Sms]) -> None:
    with source(MADE) as (url, asked):
        phone = order_at(url)
        phone.text("order")
        assert phone.text("order", "soup", MessageSid="ü\r\nX: 1") == "Order 7 of soup."
    assert keys(asked) == ["%C3%BC%0D%0AX%3A%201-1"]


def test_after_an_uncaught_failure_the_same_answer_can_be_sent_again(
    order_at: Callable[..., Sms], caplog: pytest.LogCaptureFixture
) -> None:
    with source(DOWN, MADE) as (url, asked):
        phone = order_at(url)
        phone.text("order")
        failed = phone.deliver("order", "soup")
        assert failed.response is not None
        assert failed.response.status == 500
        assert "raised BadStatus" in caplog.text
        assert "the server responds with 503" in caplog.text
        assert "order.py, line 7" in caplog.text
        assert phone.text("order", "soup") == "Order 7 of soup."
    assert len(set(keys(asked))) == 2, "two messages have the same key"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (DOWN, "the server responds with 503"),
        (stalls, "the server took more than 0.5 seconds"),
        (sends(said(b"<html>")), "the response is not JSON"),
        (sends(b""), "no complete response: RemoteDisconnected"),
    ],
)
@pytest.mark.parametrize("caught", [True, False])
def test_a_server_that_is_down_or_slow_is_caught_or_replaced_and_logged(
    order_at: Callable[..., Sms],
    caplog: pytest.LogCaptureFixture,
    answer: Answer,
    why: str,
    caught: bool,
) -> None:
    post = "order = yield call(http.post_json, shop, {'dish': dish}, deadline=0.5"
    if caught:
        post = f"try: {post})\n    except ServiceError as error: order = 'none'"
    else:
        post = f"{post}, default='none')"
    with source(answer) as (url, _):
        phone = order_at(url, post)
        phone.text("order")
        assert phone.text("order", "my soup") == "Order none of my soup."
    (line,) = [each for each in caplog.records if each.levelname == "WARNING"]
    assert line.getMessage().startswith("turn status=200 flow=order ")
    assert f'note="call post_json failed: {why}"' in line.getMessage()
    assert "my soup" not in caplog.text


def test_an_authors_service_gets_the_key_if_it_has_the_parameter() -> None:
    def book(table: int, *, idempotency_key: str) -> str:
        return f"{table} {idempotency_key}"

    @script
    def order() -> Script:
        return f"{(yield call(book, 3))}"

    assert Sender(order).says("hi", sid="SM1") == "3 SM1-0"


def test_a_correction_does_not_repeat_a_call_because_of_its_key() -> None:
    service = Service(1, 2)

    def reserve(*, idempotency_key: str) -> Any:
        return service(idempotency_key)

    @script
    def order(*, key: Callable[[], str]) -> Script:
        name = yield "Name?"
        number = yield call(reserve, idempotency_key=key())
        if (yield from confirm(f"{number} for {name}?")):
            return "Done."
        return "Not done."

    keys = iter("abcdef")
    sender = Sender(order, asked_for={"key": lambda: next(keys)})
    sender.says("hi")
    assert sender.says("Al") == "1 for Al?"
    assert sender.says("no, Bob") == "1 for Bob?"


def test_a_call_that_fails_after_a_correction_is_recorded(
    sms: Sms, guest_flow: Callable[[str, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    guest_flow(
        "order",
        "from parley import Script, ServiceError, call, confirm, script\n"
        "def greet(name: str) -> str:\n"
        "    if name == 'Bob': raise ServiceError('no greeting')\n"
        "    return name\n"
        "@script\n"
        "def order() -> Script:\n"
        "    name = yield 'Name?'\n"
        "    yield call(greet, name, default='')\n"
        "    yield from confirm('Sure?')\n"
        "    return 'Bye.'\n",
    )
    for body in ("hi", "Al", "no, Bob"):
        sms.text("order", body)
    assert 'note="call greet failed: no greeting"' in caplog.text
