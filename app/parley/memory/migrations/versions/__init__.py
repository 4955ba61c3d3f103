"""Each module is a migration, by the number of the schema that it makes."""
