"""The database migrations, in the order of their numbers."""
