"""Why a signature was rejected: a table of candidates for what was signed instead, and one loop."""
