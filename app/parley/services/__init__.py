"""The engine's services, which every flow can use by parameter name."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from parley.conversation.dependencies import Unavailable
from parley.conversation.script_options import ScriptDefaults
from parley.services.http import Http
from parley.services.inbound_media import MediaDeleter, MediaInbox
from parley.services.look_up import lookup
from parley.services.now import local_clock, local_time
from parley.services.phone_numbers import IS_INSTALLED, country_of, national
from parley.services.random import randoms, seeds
from parley.services.send_text import TextSender
from parley.services.twilio_api import TwilioApi

LOCAL = frozenset({"country_of", "media", "national", "now", "random", "script_defaults", "seed"})
"""Services without calls to other servers, which cannot fail."""

_NO_PHONENUMBERS = Unavailable(
    reason="national and country_of need a package: pip install 'parley-sms[numbers]'"
)


def engine_services(
    *,
    clock: Callable[[], float],
    secret: str,
    time_zone: tzinfo | None = None,
    language: str = "en",
    opt_out_words: bool = True,
    patience: float | None = None,
) -> dict[str, Any]:
    """Return every service of the engine without settings, by name.

    `clock` returns seconds since 1970; random values are derived from `secret`. Days and times are
    in `time_zone`; the default is the machine's.
    """
    local = local_clock(clock, time_zone)
    return {
        "country_of": country_of if IS_INSTALLED else _NO_PHONENUMBERS,
        "http": Http(),
        "national": national if IS_INSTALLED else _NO_PHONENUMBERS,
        "now": local_time(local),
        "random": randoms(secret),
        "script_defaults": ScriptDefaults(
            clock=local, language=language, opt_out_words=opt_out_words, patience=patience
        ),
        "seed": seeds(secret),
    }


def twilio_services(api: TwilioApi | Unavailable, inbox: str) -> dict[str, Any]:
    """Return the services that call Twilio by their names; `inbox` is MEDIA_INBOX.

    Those whose settings are not set are Unavailable.
    """
    if isinstance(api, Unavailable):
        unset = api.settings if inbox else (*api.settings, "MEDIA_INBOX")
        return {
            **dict.fromkeys(("send_text", "look_up", "delete_media"), api),
            "fetch_media": Unavailable(unset),
        }
    return {
        "send_text": TextSender(api).send_text,
        "look_up": lookup(api),
        "fetch_media": MediaInbox(api, inbox).fetch_media
        if inbox
        else Unavailable(("MEDIA_INBOX",)),
        "delete_media": MediaDeleter(api).delete_media,
    }
