"""The worker: it sends what is due, in as many processes as one likes (`parley worker`)."""
