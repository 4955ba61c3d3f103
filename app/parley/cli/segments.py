import click

from parley.cli.options import UTF8
from parley.conversation.segments import GSM_7
from parley.conversation.segments import segments as segments_of


@click.command()
@click.argument("text", type=UTF8)
def segments(text: str) -> None:
    """Show how a text is charged: its encoding, its segments, and what requires UCS-2.

    \b
    Example:
      parley segments "See you at 8 – bring cake"
    """
    counted = segments_of(text)
    unit = "septets" if counted.encoding == GSM_7 else "UTF-16 units"
    plural = "" if counted.count == 1 else "s"
    click.echo(f"{counted.encoding}, {counted.count} segment{plural}, {counted.units} {unit}")
    for grapheme in counted.forcing:
        points = " ".join(f"U+{ord(character):04X}" for character in grapheme)
        click.echo(f"forces UCS-2: {grapheme if grapheme.isprintable() else ' '} ({points})")
