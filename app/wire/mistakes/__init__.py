"""The usual mistakes that have a signature refused: each guesses what was signed instead."""
