import logging

import pytest
from django.template import engines
from django.template.base import VariableDoesNotExist

from mesoplan_clinic.config.settings import LOGGING
from mesoplan_clinic.kernel.logs import WithoutValues


def logged(error: Exception) -> str:
    try:
        raise error
    except Exception as raised:
        info = (type(raised), raised, raised.__traceback__)
    record = logging.LogRecord(
        "django.request", logging.ERROR, __file__, 1, "Internal Server Error: %s", ("/x/",), info
    )
    return WithoutValues("%(message)s").format(record)


def test_the_log_says_where_something_failed_and_nothing_of_what_was_in_it():
    cause = ValueError("Maria Example is pregnant")
    error = RuntimeError("could not save Maria Example")
    error.__cause__ = cause
    said = logged(error)
    assert "RuntimeError" in said and "ValueError" in said and "test_logs.py:" in said
    assert "Maria" not in said


def test_a_template_that_fails_does_not_write_its_values_into_the_log():
    template = engines["django"].from_string("{% if answers.x|add:missing.y %}{% endif %}{{ a|floatformat:b.c }}")
    with pytest.raises(VariableDoesNotExist, match="secret") as raised:  # which is why
        template.render({"answers": {"pregnancy": "yes, secret"}, "a": 1})
    assert "secret" not in logged(raised.value)


def test_every_handler_of_the_servers_log_writes_without_values():
    assert {one["formatter"] for one in LOGGING["handlers"].values()} == {"without values"}
    assert LOGGING["formatters"]["without values"]["()"] == "mesoplan_clinic.kernel.logs.WithoutValues"
