from parley.conversation import Script, script


@script
def order() -> Script:
    """Take an order, in the first deployed version."""
    dish = yield "Which dish?"
    count = yield f"How many of {dish}?"
    return f"{count} of {dish}, then."
