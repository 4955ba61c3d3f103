"""What is typed, if it is text at all."""

from typing import Any

import click


class Utf8(click.ParamType[str]):
    """A text that can be sent; a terminal may hand over bytes that are none."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            str(value).encode()
        except UnicodeEncodeError:
            self.fail("This is no text in UTF-8.", param, ctx)
        return str(value)


UTF8 = Utf8()
