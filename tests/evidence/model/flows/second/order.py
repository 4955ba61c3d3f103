from parley.conversation import Script, script


@script(lifetime=30 * 60)
def order() -> Script:
    """Take an order, with one question rephrased, and a shorter lifetime."""
    dish = yield "Which dish?"
    count = yield f"How many portions of {dish}?"
    return f"{count} of {dish}, then."
