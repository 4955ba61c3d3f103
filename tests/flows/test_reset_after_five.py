from parley.testing import Sms

TRANSCRIPT = """
> hi
< Hello, thanks for the new message! Message again to see your count update.
> hi
< Your current count is 1
> hi
< Your current count is 2
> hi
< Your current count is 3
> hi
< Your current count is 4
> hi
< Your current count is 5
> hi
< You've reached the end of the count!
"""


def test_it_counts_to_five_and_starts_again(sms: Sms) -> None:
    sms.play("reset-after-five", TRANSCRIPT)
    sms.play("reset-after-five", TRANSCRIPT)
