import pytest

from app.conversation import Flow, FlowError, Message, Reply, Session
from app.conversation.binding import SettingMissing, bind

MESSAGE = Message("SM1", "+1", "+2", "hi")


def greet(message: Message, session: Session, *, owner: str, loud: bool) -> Reply:
    return Reply(f"{message.body} {owner}{'!' if loud else ''}", session=session)


def test_a_flow_gets_what_it_asks_for_by_name() -> None:
    bound = bind(Flow(greet), {"owner": "Zoë", "loud": False, "secret": "x"})
    assert bound(MESSAGE, Session()).messages[0].body == "hi Zoë"
    assert bound.lifetime == 14_400
    assert "Zoë" not in repr(bound)


def test_an_unknown_name_stops_the_start() -> None:
    with pytest.raises(
        FlowError, match=r"the flow greet asks for loud, .* there are owner, volume"
    ):
        bind(Flow(greet), {"owner": "Zoë", "volume": 3})
    with pytest.raises(FlowError, match="asks for owner, loud, which is neither"):
        bind(Flow(greet), {})


def test_what_is_not_set_is_named_when_the_flow_is_texted() -> None:
    bound = bind(Flow(greet), {"owner": None, "loud": None})
    with pytest.raises(SettingMissing, match=r"^OWNER, LOUD not set$"):
        bound(MESSAGE, Session())
