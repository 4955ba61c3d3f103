"""`GET /metrics`, for anyone with a token of METRICS_TOKEN."""

from typing import TYPE_CHECKING

from parley.request import Request
from parley.response import Response
from parley.turn import Endpoint
from parley.web.bearer import check_bearer

if TYPE_CHECKING:
    from parley.prometheus import Metrics


def metrics_endpoint(metrics: "Metrics", tokens: tuple[str, ...]) -> Endpoint:
    """Return the endpoint, which requires one of the tokens instead of Twilio's signature."""

    def answer(request: Request) -> Response:
        check_bearer(request, tokens, "send Authorization: Bearer and one of METRICS_TOKEN")
        return Response(200, metrics.CONTENT_TYPE, metrics.page())

    return answer
