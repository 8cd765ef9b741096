"""What the server calls."""

import gc
import os
from contextlib import suppress
from pathlib import Path

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesoplan_clinic.config.settings")
application = get_wsgi_application()


def _warm() -> None:
    """Import every page, compile its template and read the knowledge base before the first visitor has to wait for it.

    What stays for good is then left out of what the collector of garbage looks through, now and again, in vain.
    """
    from django.db import connection
    from django.template.loader import get_template
    from django.urls import get_resolver

    from mesoplan import ProblemError
    from mesoplan_clinic.accounts.models import Clinic
    from mesoplan_clinic.core import reader_of, screener_of

    _ = get_resolver().url_patterns
    package = Path(__file__).parent.parent
    for folder in package.glob("**/templates"):
        for path in folder.rglob("*.html"):
            get_template(path.relative_to(folder).as_posix())
    for clinic in Clinic.objects.all():
        with suppress(ProblemError):  # its own pages say what is wrong with it; the other clinics are answered
            screener_of(clinic)
            reader_of(clinic)
    connection.close()
    gc.collect()
    gc.freeze()


_warm()
