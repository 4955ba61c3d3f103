"""The witness, in a folder that the application is given to find flows in."""

from prove.fuzz.witness import witness

__all__ = ["witness"]
