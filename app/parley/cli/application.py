"""The option `--app`: a command takes flows, services and settings from an application."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from parley.cli.options import UTF8
from parley.conversation import FlowError
from parley.settings import Settings, SettingsError

if TYPE_CHECKING:
    from flask.cli import ScriptInfo

    from parley.turn import Webhook

Command = TypeVar("Command", bound=Callable[..., Any])
_KEPT = "parley.app"


def app_option(command: Command) -> Command:
    """Add `--app`, the import path of an application: `shop.wsgi:app`, as for gunicorn."""
    option = click.option(
        "--app",
        type=UTF8,
        expose_value=False,
        callback=_keep,
        help="Take flows, services and settings from this application, like shop.wsgi:app.",
    )
    return option(command)


def application() -> "tuple[Settings, Webhook] | None":
    """The settings and the webhook of the application that `--app` names, or `flask --app`.

    None if neither is given. Raises ClickException if it cannot be used.
    """
    info = _script_info()
    if info is None:
        return None
    try:
        app = info.load_app()
    except (FlowError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
    if "parley" not in app.extensions:
        raise click.ClickException(
            f"{info.app_import_path} is an application without Parley: name the one that is made "
            "with create_app(…) or Parley(…)."
        )
    return app.extensions["parley_settings"], app.extensions["parley"]


def _keep(context: click.Context, _: click.Parameter, path: str | None) -> None:
    if path:
        from flask.cli import ScriptInfo

        context.meta[_KEPT] = ScriptInfo(app_import_path=path)  # a group shares it with commands


def _script_info() -> "ScriptInfo | None":
    context = click.get_current_context()
    if "flask.cli" not in sys.modules:
        return None
    found: ScriptInfo | None = context.meta.get(_KEPT)
    found = found or context.find_object(sys.modules["flask.cli"].ScriptInfo)
    return found if found and found.app_import_path else None
