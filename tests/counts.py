"""The metrics page as numbers, read by the parser of Prometheus' client."""

from prometheus_client.parser import text_string_to_metric_families


def counts(page: str) -> dict[str, float]:
    """Return every number other than 0, by its name and the values of its labels: `name a b`."""
    return {
        " ".join(
            [sample.name, *(value for _, value in sorted(sample.labels.items()))]
        ): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.value
    }
