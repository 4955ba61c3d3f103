"""Many concurrent texts to two servers."""

import pytest
from flask import Flask

from tests.memory.senders import Sender, all_text
from tests.webhook import in_process


@pytest.mark.parametrize("deliveries", [1, 5])
def test_each_concurrent_text_is_answered_once(servers: list[Flask], deliveries: int) -> None:
    send = [in_process(each.test_client(use_cookies=False)) for each in servers]
    senders = [Sender(f"+1555123{number:04}", send, deliveries) for number in range(4)]
    all_text(senders, 6, lambda: None)
    for each in senders:
        assert (each.lost, each.wrong(), len(each.answered)) == ([], [], 6)
