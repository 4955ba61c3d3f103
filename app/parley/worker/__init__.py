"""The worker: sends due messages and runs due timers, in any number of processes."""
