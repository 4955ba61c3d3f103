"""Draw docs/architecture.svg, the path of a text: `python -m docs.draw_architecture`.

A row is a step, in the order of time; a column is a layer of tests/test_layers.py.
"""

from html import escape
from pathlib import Path

from tests.test_layers import LAYERS, part_of

FILE = Path(__file__).with_name("architecture.svg")
STEPS = [
    ("server/worker.py", "gunicorn's gevent worker reads the request", ""),
    ("web/flask.py", "to_request: from WSGI to a Request", ""),
    ("turn.py", "Webhook.answer: the steps of a turn, in order", ""),
    ("request.py", "read_body: the sizes and the method", "414 431 413 405"),
    ("twilio/signature.py", "Verifier.verify: did Twilio sign it?", "403"),
    ("turn.py", "is there a flow at this URL?", "404"),
    ("twilio/inbound.py", "read: from parameters to a Message", "400"),
    ("senders.py", "why_ignored: blocked senders", ""),
    ("memory/__init__.py", "Memory.begin: the session so far", "503"),
    ("sessions.py", "by default the cookie: SessionCookie.find", ""),
    ("conversation/opt_out.py", "opt_out_keyword: STOP, HELP, START", ""),
    ("routing/router.py", "Router.answer, if all flows share a number", ""),
    ("conversation/flow.py", "the flow answers: a Reply", "503 500"),
    ("conversation/replay.py", "replay a script up to its question", ""),
    ("services/__init__.py", "services that the flow requested by name", ""),
    ("twilio/twiml.py", "render: from a Reply to TwiML", ""),
    ("memory/__init__.py", "Conversation.save: the next session", ""),
    ("turn_report.py", "one log line, and one count", ""),
    ("web/flask.py", "from a Response to WSGI", ""),
]
"""A file of app/parley, what happens there, and the statuses with which it may end there."""

ROW, LANE, LEFT, TOP = 34, 80, 405, 58
STYLE = """
svg { background: #fff; color: #1b1f24; font: 13px system-ui, sans-serif; }
text { fill: currentColor; } .file { font: 12px ui-monospace, monospace; text-anchor: middle; }
.lane { text-anchor: middle; opacity: .7; }
.status { font: 12px ui-monospace, monospace; fill: #b3261e; }
.box { fill: #e8f0fe; stroke: #3367d6; } .path { fill: none; stroke: #8a94a6; stroke-width: 1.5; }
.stripe { fill: #8a94a6; opacity: .08; } .parts { font-size: 11px; opacity: .8; }
@media (prefers-color-scheme: dark) {
  svg { background: #14181d; color: #e3e6ea; } .box { fill: #1e2f4d; } .status { fill: #f2a29b; }
}
"""


def layer(file: str) -> int:
    return LAYERS[part_of("parley." + file.removesuffix(".py").replace("/", "."))]


def draw() -> str:
    lanes = sorted({layer(file) for file, _, _ in STEPS})
    width = round(LEFT + LANE * len(lanes) + 40)
    x = {lane: LEFT + LANE * (index + 0.5) for index, lane in enumerate(lanes)}
    bottom = TOP + ROW * len(STEPS)
    layers = sorted(set(LAYERS.values()), reverse=True)
    parts = {lane: sorted(name for name, at in LAYERS.items() if at == lane) for lane in layers}
    drawn = [
        _text(
            LEFT + LANE * len(lanes) / 2, 20, "a part imports from layers to its left only", "lane"
        )
    ]
    for lane in lanes:
        drawn.append(_text(x[lane], 42, f"layer {lane}", "lane"))
    for row in range(0, len(STEPS), 2):
        top = TOP + ROW * row
        drawn.append(f'<rect class="stripe" x="0" y="{top}" width="{width}" height="{ROW}"/>')
    points = [(x[layer(file)], TOP + ROW * (row + 0.5)) for row, (file, _, _) in enumerate(STEPS)]
    drawn.append(f'<polyline class="path" points="{" ".join(f"{a:g},{b:g}" for a, b in points)}"/>')
    for number, ((file, what, statuses), (at, y)) in enumerate(zip(STEPS, points, strict=True), 1):
        half = 3.8 * len(file) + 8
        drawn.append(_text(14, y + 5, f"{number}. {what}"))
        drawn.append(_text(296, y + 5, statuses, "status") if statuses else "")
        box = f'x="{at - half:g}" y="{y - 12:g}" width="{2 * half:g}" height="24" rx="5"'
        drawn += [f'<rect class="box" {box}/>', _text(at, y + 4, file, "file")]
    for row, lane in enumerate(layers):
        names = ", ".join(name or "parley/__init__.py" for name in parts[lane])
        drawn.append(_text(14, bottom + 24 + 18 * row, f"layer {lane}: {names}", "parts"))
    height = bottom + 24 + 18 * len(layers)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    title = "<title>The path of a text through the files of app/parley</title>"
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', title, f"<style>{STYLE}</style>"]
    return "\n".join([*lines, *filter(None, drawn), "</svg>", ""])


def _text(x: float, y: float, content: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:g}" y="{y:g}">{escape(content)}</text>'


if __name__ == "__main__":
    FILE.write_text(draw())
