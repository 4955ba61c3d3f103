"""Parley with the flows of bench/flows, to be called alone by bench/alone.py.

Without the collector: where it happens to run in a small batch, it would look like its cost.
"""

import gc

from bench.calling import parley

app = parley()
gc.disable()
