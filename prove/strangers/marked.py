"""A pytest plugin: keep the tests of these rows of docs/security.md, and report which row each is.

`-p prove.strangers.marked`, with the rows in PROVE_THREATS, comma separated.
"""

import os

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = set(os.environ["PROVE_THREATS"].split(","))
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        rows = {str(mark.args[0]) for mark in item.iter_markers("threat")} & wanted
        item.user_properties += [("threat", row) for row in sorted(rows)]
        (kept if rows else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = kept
