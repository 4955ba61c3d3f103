"""Diagnosis of rejected signatures: a table of candidates for what was signed, and one loop."""
