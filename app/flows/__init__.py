"""This deployment's conversations, one a file."""

from ._contacts import find_contacts

SERVICES = {"find_contacts": find_contacts}
"""What the flows of this folder may ask for by name, beside the engine's services."""
