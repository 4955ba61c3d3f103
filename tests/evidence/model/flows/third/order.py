from parley.conversation import Script, script


@script
def order() -> Script:
    """Take an order, with one more question in the middle."""
    dish = yield "Which dish?"
    place = yield f"Where shall {dish} go?"
    count = yield f"How many of {dish}?"
    return f"{count} of {dish} to {place}, then."
