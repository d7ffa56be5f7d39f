"""What does an installed connector start from? Its config and secrets, checked against the connector."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from engine.errors import SettingsError
from engine.fetch.connector import ConfigKey, Connector
from engine.fetch.render import text
from engine.fetch.request import base_of
from engine.fetch.scope import sending
from engine.fetch.secrets import Secret
from engine.spec.compose import meaning_of
from engine.spec.values import Duration


def configured(connector: Connector, given: Mapping[str, Any], *, source: str) -> dict[str, Any]:
    """``config`` as expressions read it: defaults in, choices replaced by what they stand for."""
    wrong = _unknown(given, connector.config, f"{source}: config")
    made: dict[str, Any] = {}
    for name, key in connector.config.items():
        value = given.get(name)
        value = key.default if value is None else value
        if value is None:
            made[name] = None
            if key.required:
                wrong.append(f"{source}: config.{name} is missing")
            continue
        fault = misfit(key, value)
        if fault is not None:
            wrong.append(f"{source}: config.{name} {fault}")
            continue
        made[name] = key.values[value] if isinstance(key.values, Mapping) else value
    if wrong:
        raise SettingsError("\n".join(wrong))
    return made


def by_type(key: ConfigKey, text: str) -> Any:
    """
    What a variable of the environment says, by the type of its config key; a list stands between commas.

    A text that is none of its type stays as it is: ``misfit`` says so.
    """
    if key.type == "list":
        return [part for each in text.split(",") if (part := each.strip())]
    if key.type not in {"integer", "boolean"}:
        return text
    value = meaning_of(text.strip()) if text.strip() else text
    return value if misfit(key, value) is None else text


def misfit(key: ConfigKey, value: Any) -> str | None:
    """Why a value is not what a config key wants, or None."""
    match key.type:
        case "string":
            fits = isinstance(value, str)
        case "integer":
            fits = isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            fits = isinstance(value, bool)
        case "list":
            fits = isinstance(value, list | tuple) and all(
                isinstance(each, str | int | Decimal) for each in value
            )
        case "enum":
            choices = list(key.values or ())
            return None if value in choices else f"is {value!r}, none of {', '.join(choices)}"
        case "date" | "timestamp" | "duration":
            fits = isinstance(value, str) and _reads(key.type, value)
    return None if fits else f"is {value!r}, not of type {key.type}"


def _reads(kind: str, text: str) -> bool:
    try:
        if kind == "duration":
            Duration.parse(text)
        elif kind == "date":
            dt.date.fromisoformat(text)
        else:
            dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def require_secrets(connector: Connector, given: Mapping[str, Secret], *, source: str) -> None:
    """Every secret that the connector cannot do without is there, and no other."""
    wrong = _unknown(given, connector.secrets, f"{source}: secrets")
    wrong += [
        f"{source}: secrets.{name} is missing"
        for name, key in connector.secrets.items()
        if key.required and name not in given
    ]
    if wrong:
        raise SettingsError("\n".join(wrong))


def _unknown(given: Collection[str], known: Collection[str], where: str) -> list[str]:
    found = []
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, list(known), n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            found.append(f"{where}.{name} is not of this connector{hint}")
    return found


def origins_of(
    connector: Connector, config: Mapping[str, Any], secrets: Mapping[str, Secret]
) -> tuple[str, ...]:
    """Where a connector wants to send requests, once installed: ``base_url`` and ``origins``."""
    scope = sending({"config": config}, secrets)
    http = connector.http
    return (base_of(http, scope), *(text(each, scope, "origins") for each in http.origins))
