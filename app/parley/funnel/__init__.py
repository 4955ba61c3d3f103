"""The funnel: where people leave scripts, from the log or the metrics of servers."""
