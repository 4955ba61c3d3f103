"""Serialize the error of a service for a session, and deserialize it."""

from collections.abc import Iterator
from typing import Any

from parley.conversation.flow import ServiceError
from parley.conversation.session import NotRemembered, Session


def remembered(error: ServiceError) -> tuple[str, Any, Any]:
    """Return the name of the error's class, its arguments and its attributes, as JSON values.

    Values that are not JSON are omitted: then the argument is the text of the error.
    """
    name = type(error).__name__
    try:
        values = Session({"args": error.args, "attributes": vars(error)})
    except (NotRemembered, RecursionError):
        return name, (str(error),), Session()
    return name, values["args"], values["attributes"]


def recalled(name: str, arguments: Any, attributes: Any) -> ServiceError:
    """Return the stored error; a plain ServiceError if its class does not exist."""
    kind = next((each for each in _kinds(ServiceError) if each.__name__ == name), ServiceError)
    error = kind.__new__(kind, *arguments)
    error.args = tuple(arguments)
    vars(error).update(attributes)
    return error


def _kinds(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)
