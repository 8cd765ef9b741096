"""What the application takes, as an OpenAPI document made from its addresses and forms; schemathesis asks by it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import schemathesis
from django.core.signals import got_request_exception, request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

LEFT_OUT = {"account_signup", "no_mail"}
"""These answer the same whatever is sent."""
KINDS: dict[str, dict[str, Any]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0},
    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "str": {"type": "string", "minLength": 1},
}
QUERY = ("q", "page", "code", "lot", "before", "after", "next", "all")
HEADERS = {"HX-Request": "true", "HX-Boosted": "true", "X-Autosave": "1"}
CSRF = "a" * 32
EVERY = list(HealthCheck)
Around = Callable[[Callable[[], int], list[BaseException | None], str], None]
Offered = dict[str, tuple[set[str], bool]]
"""Field -> the values that pages offer for it, and whether it takes a file."""


def addresses(resolver: URLResolver | None = None, start: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Yield every address as it is written in the configuration, with what answers there."""
    for one in (resolver or get_resolver()).url_patterns:
        whole = start + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one, whole)
        elif one.name not in LEFT_OUT:
            yield whole, one


def document(values: dict[str, Callable[[URLPattern, str], list[str]]], forms: dict[str, Offered]) -> dict[str, Any]:
    """Return the document.

    Args:
        values: Kind of a parameter -> gives some values that are good for one of a route.
        forms: Route -> the fields of its forms.
    """
    paths: dict[str, Any] = {}
    for address, pattern in addresses():
        found = re.findall(r"<(?:(\w+):)?(\w+)>", address)
        given = [(name, kind or "str") for kind, name in found]
        schemas = {name: _only(values[kind](pattern, name), KINDS[kind]) for name, kind in given}
        parameters = [_parameter(name, "path", schema) for name, schema in schemas.items()]
        page = getattr(pattern.callback, "page", None)
        methods = [one.lower() for one in page.methods if one != "HEAD"] if page else ["get", "post"]
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address)
        fields = forms.get(pattern.name, {})
        paths[path] = {
            one: {"operationId": f"{pattern.name}.{one}", **_operation(one, parameters, fields)} for one in methods
        }
    return {"openapi": "3.0.3", "info": {"title": "Clinic", "version": "1"}, "paths": paths}


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _either(good: list[str], schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"enum": good}, schema]} if good else schema


def _only(good: list[str], schema: dict[str, Any]) -> dict[str, Any]:
    """Return what names a row that is there; half of the requests keep to no document, and name another."""
    return {"enum": good} if good else schema


def _operation(method: str, parameters: list[dict[str, Any]], fields: Offered) -> dict[str, Any]:
    text = {"type": "string"}
    more = [_parameter(name, "header", {"enum": [value]}) for name, value in HEADERS.items()]
    found: dict[str, Any] = {"parameters": [*parameters, *more], "responses": {"200": {"description": "answered"}}}
    if method == "get":
        found["parameters"] += [_parameter(name, "query", text) for name in QUERY]
        return found
    typed = {name: _either(sorted(offered), text) for name, (offered, _) in fields.items()}
    files = {name: {"type": "string", "format": "binary"} for name, (_, is_file) in fields.items() if is_file}
    sure = [name for name in ("patient", "version") if name in fields]
    for name in sure:
        typed[name] = {"enum": sorted(fields[name][0])}
    whole = {"type": "object", "properties": typed, "required": sure}
    content = {"application/x-www-form-urlencoded": {"schema": whole}}
    content["multipart/form-data"] = {"schema": {**whole, "properties": typed | files}}
    return found | {"requestBody": {"required": True, "content": content}}


def ask(
    written: dict[str, Any], own: set[str], cookies: dict[str, str], count: int, chance: int, around: Around
) -> None:
    """Let schemathesis send requests, half of them as the document allows, half of them not.

    Args:
        written: The document.
        own: Routes that are asked more often: who asks may do something there.
        cookies: Of the browser that asks.
        count: How many requests.
        chance: What chance begins with.
        around: Is given what sends a request and returns the status, the error a page failed with, and its text.
    """
    schema = schemathesis.openapi.from_dict(written)
    schema.app = get_wsgi_application()
    operations = [one.ok() for one in schema.get_all_operations()]
    likely = [one for one in operations if one.definition.raw["operationId"].rpartition(".")[0] in own]
    modes = st.sampled_from((GenerationMode.POSITIVE, GenerationMode.NEGATIVE))
    chosen = st.tuples(st.sampled_from(likely) | st.sampled_from(operations), modes)
    cases = chosen.flatmap(lambda one: one[0].as_strategy(generation_mode=one[1]))
    send = {"cookies": {**cookies, "csrftoken": CSRF}, "headers": {"X-CSRFToken": CSRF}}
    raised: list[BaseException | None] = []

    @seed(chance)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=EVERY)
    @given(cases)
    def asked(case: schemathesis.Case) -> None:
        raised.clear()
        told = f"{case.method} {case.path} {case.path_parameters} {case.query} {case.media_type} {case.body!r}"
        around(lambda: case.call(**send).status_code, raised, told)

    def noted(**_: Any) -> None:
        raised.append(sys.exc_info()[1])

    ends = (request_started, request_finished)  # nothing closes the connection whose transaction is taken back
    got_request_exception.connect(noted)
    for one in ends:
        one.disconnect(close_old_connections)
    try:
        asked()
    finally:
        for one in ends:
            one.connect(close_old_connections)
        got_request_exception.disconnect(noted)
