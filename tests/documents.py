"""The content of the documents, for the tests that compare it with the code."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(\w*)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Document:
    """A Markdown file of the project, by its path in the project's folder."""

    name: str

    @cached_property
    def text(self) -> str:
        return (ROOT / self.name).read_text()

    def blocks(self, kind: str) -> list[tuple[str, str]]:
        """Return the code blocks of a language, each with the title after the language, or ''."""
        return [
            (title, content) for each, title, content in BLOCK.findall(self.text) if each == kind
        ]

    def block(self, title: str) -> str:
        """Return the code block with this title."""
        (found,) = [content for _, each, content in BLOCK.findall(self.text) if each == title]
        return str(found)

    def table(self, heading: str) -> list[list[str]]:
        """Return the rows of the first table below a line, the cells without backquotes."""
        section = self.text.partition(f"{heading}\n")[2]
        rows = re.search(r"^\|.*?(?=^$|\Z)", section, re.MULTILINE | re.DOTALL)
        assert rows, heading
        lines = [line.strip("| ").split(" | ") for line in rows[0].splitlines()]
        return [[cell.replace("`", "") for cell in line] for line in lines[2:]]
