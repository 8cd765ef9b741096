"""What the server calls."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesoplan_clinic.config.settings")
application = get_wsgi_application()


def _warm() -> None:
    """Import every page and read the knowledge base, then leave both out of what the collector looks through.

    Otherwise the first visitor waits for it, and now and then a later one while everything is looked through in vain.
    """
    from django.urls import get_resolver

    from mesoplan_clinic.core import base

    _ = get_resolver().url_patterns
    base()
    gc.collect()
    gc.freeze()


_warm()
