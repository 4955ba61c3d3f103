"""This deployment's flows, one per file."""

from ._contacts import find_contacts

SERVICES = {"find_contacts": find_contacts}
"""The services of this folder, for its flows' parameters, in addition to the engine's."""
