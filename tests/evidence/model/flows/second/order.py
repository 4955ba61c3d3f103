from parley.conversation import Script, script


@script(lifetime=30 * 60)
def order() -> Script:
    """Take an order: one question in other words, and a shorter memory."""
    dish = yield "Which dish?"
    count = yield f"How many portions of {dish}?"
    return f"{count} of {dish}, then."
