"""A keyword-only parameter is a service, a setting if it is annotated, or else an error."""

import inspect
from typing import Any

import pytest

from parley.conversation import Flow, FlowError, Message, Reply, Script, Session, script
from parley.conversation.dependencies import bind

MESSAGE = Message("SM1", "+1", "+2", "hi")


def greet(message: Message, session: Session, *, owner: str, loud: bool = True) -> Reply:
    return Reply(f"{message.body} {owner}{'!' if loud else ''}", session=session)


def unset(_flow: str, _name: str, _annotation: Any, default: Any) -> Any:
    """Settings without any value."""
    return default


def no_types(_flow: str, _name: str, annotation: Any, _default: Any) -> Any:
    raise TypeError(f"{annotation.__name__} is not a type of settings")


def test_a_service_takes_precedence_over_a_setting() -> None:
    bound = bind(Flow(greet), {"owner": "Zoë", "loud": False, "secret": "x"}, no_types)
    assert bound(MESSAGE, Session()).messages[0].body == "hi Zoë"
    assert bound.lifetime == 14_400
    assert "Zoë" not in repr(bound)


def test_a_setting_has_a_type_and_a_default() -> None:
    asked = []

    def read(*setting: Any) -> Any:
        asked.append(setting)
        return "Ada"

    bound = bind(Flow(greet), {"loud": False}, read)
    assert bound(MESSAGE, Session()).messages[0].body == "hi Ada"
    assert asked == [("greet", "owner", str, inspect.Parameter.empty)]


def test_an_annotation_may_be_a_string() -> None:
    def later(_message: Message, _session: Session, *, owner: "str") -> Reply:
        return Reply(owner)

    asked = []

    def read(_flow: str, _name: str, annotation: Any, _default: Any) -> Any:
        asked.append(annotation)
        return "Ada"

    assert bind(Flow(later), {}, read)(MESSAGE, Session()).messages[0].body == "Ada"
    assert asked == [str]


def test_an_unset_setting_is_missing() -> None:
    bound = bind(Flow(greet), {}, unset)
    assert bound.missing == ("OWNER",), "a setting with a default is missing"


def without_type(_message: Message, _session: Session, *, owner) -> Reply:  # type: ignore[no-untyped-def]
    return Reply(owner)


def of_no_type(_message: Message, _session: Session, *, owner: "Nowhere") -> Reply:  # type: ignore[name-defined]  # noqa: F821
    return Reply(str(owner))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (without_type, r"owner, which is neither a service \(now, volume\) nor a setting: a set"),
        (of_no_type, "its type Nowhere cannot be read: name 'Nowhere' is not defined"),
        (greet, "owner, .*: str is not a type of settings"),
    ],
)
def test_any_other_parameter_is_an_error_with_file_and_line(answer: Any, sentence: str) -> None:
    with pytest.raises(FlowError, match=sentence) as caught:
        bind(Flow(answer), {"volume": 3, "now": str}, no_types)
    line = answer.__code__.co_firstlineno
    assert f"tests/conversation/test_dependencies.py, line {line}: " in str(caught.value)


def test_an_error_in_a_script_names_the_line_of_its_function() -> None:
    @script
    def order(*, dishes) -> Script:  # type: ignore[no-untyped-def]
        yield dishes
        return "Thanks."

    with pytest.raises(FlowError, match="the flow order asks for dishes") as caught:
        bind(order, dict.fromkeys({*order.parameters} - {"dishes"}, str), no_types)
    line = inspect.unwrap(order.answer).__code__.co_firstlineno
    assert f"line {line}: " in str(caught.value)
