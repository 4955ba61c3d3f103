"""`on_finished=post_webhook`: a script's answers for one signed webhook."""

import json
from typing import Annotated

from parley.conversation import Submission
from parley.services.http import Http
from parley.settings.types import SettingType, Url

DEADLINE = 5.0
"""The deadline in seconds. Twilio's timeout is 15, and a call may have taken 7 of them."""
KIND = "conversation.finished"


def _signing_secrets(text: str) -> str:
    from standardwebhooks import Webhook

    for secret in text.split(","):
        try:
            if not secret.strip().startswith("whsec_"):
                raise ValueError
            Webhook(secret.strip())
        except Exception:
            raise ValueError(
                "is not a signing secret. Make one with python3 -c 'import base64, secrets; "
                'print("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())\''
            ) from None
    return text


SigningSecret = Annotated[
    str,
    SettingType(
        _signing_secrets,
        lambda _: "…",
        "a secret, `whsec_` and base64; several during a rotation",
        is_secret=True,
    ),
]


def post_webhook(
    submission: Submission,
    *,
    http: Http,
    answers_webhook_url: Annotated[Url, "where `post_webhook` sends the answers of a script"],
    answers_webhook_secret: Annotated[SigningSecret, "the key with which `post_webhook` signs"],
) -> None:
    """Post the answers as JSON with the headers of Standard Webhooks.

    `webhook-id` is the submission's, so that a receiver can drop a duplicate. Raises ServiceError.
    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    from standardwebhooks import Webhook

    data = {"flow": submission.flow, "answers": submission.answers}
    at = submission.at
    event = {"type": KIND, "timestamp": at.isoformat(timespec="seconds"), "data": data}
    body = json.dumps(event, default=dict)
    signatures = [
        Webhook(each.strip()).sign(submission.id, at, body)
        for each in answers_webhook_secret.split(",")
    ]
    headers = {
        "Content-Type": "application/json",
        "webhook-id": submission.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    http.post(answers_webhook_url, body, headers=headers, deadline=DEADLINE)
