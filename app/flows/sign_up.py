from parley import Script, script


@script
def sign_up() -> Script:
    """Ask for a name and a colour."""
    name = yield "What is your name?"
    colour = yield f"Hello {name}. What is your favourite colour?"
    return f"Thank you, {name}. {colour.capitalize()} it is."
