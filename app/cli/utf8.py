"""What is typed, if it is text at all."""

from typing import Any

import click


def is_text(value: str) -> bool:
    """Whether a text has a form in UTF-8: bytes that have none come in as lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class Utf8(click.ParamType[str]):
    """A text that can be sent; a terminal may hand over bytes that are none."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not is_text(str(value)):
            self.fail("This is no text in UTF-8.", param, ctx)
        return str(value)


UTF8 = Utf8()
