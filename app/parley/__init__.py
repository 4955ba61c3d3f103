"""Parley: a webhook server that holds SMS conversations.

Authors import everything from here. Names are loaded when they are first used, so `import parley`
alone loads neither Flask nor any other part.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parley.conversation import *  # noqa: F403
    from parley.services.append_csv import append_csv as append_csv
    from parley.services.http import BadStatus as BadStatus
    from parley.services.http import Http as Http
    from parley.services.look_up import PhoneInfo as PhoneInfo
    from parley.services.post_webhook import post_webhook as post_webhook
    from parley.services.twilio_api import TwilioRejected as TwilioRejected
    from parley.settings import Settings as Settings
    from parley.settings import SettingsError as SettingsError
    from parley.settings.types import File as File
    from parley.settings.types import PhoneNumber as PhoneNumber
    from parley.settings.types import Secret as Secret
    from parley.settings.types import SettingType as SettingType
    from parley.settings.types import Switch as Switch
    from parley.settings.types import Url as Url
    from parley.starting import NotStarted as NotStarted
    from parley.starting import start as start
    from parley.web.extension import Parley as Parley
    from parley.web.flask import create_app as create_app

__version__ = "1.0.0"

_MODULES = {
    "BadStatus": "parley.services.http",
    "File": "parley.settings.types",
    "Http": "parley.services.http",
    "NotStarted": "parley.starting",
    "Parley": "parley.web.extension",
    "PhoneInfo": "parley.services.look_up",
    "PhoneNumber": "parley.settings.types",
    "Secret": "parley.settings.types",
    "SettingType": "parley.settings.types",
    "Settings": "parley.settings",
    "SettingsError": "parley.settings",
    "Switch": "parley.settings.types",
    "TwilioRejected": "parley.services.twilio_api",
    "Url": "parley.settings.types",
    "append_csv": "parley.services.append_csv",
    "create_app": "parley.web.flask",
    "post_webhook": "parley.services.post_webhook",
    "start": "parley.starting",
}
"""The modules of the public names that are not in `parley.conversation`."""


if not TYPE_CHECKING:  # with __getattr__, a type checker would accept any name

    def __getattr__(name: str) -> Any:
        """Load a name when it is first used (PEP 562)."""
        if not name.startswith("_"):
            module = import_module(_MODULES.get(name, "parley.conversation"))
            if name in _MODULES or name in module.__all__:
                value = globals()[name] = getattr(module, name)
                return value
        raise AttributeError(f"module 'parley' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *_MODULES, *import_module("parley.conversation").__all__})
