"""Evidence that no message is lost, no memory mixed up and no stranger let in: `make prove`."""
