"""The application's settings with a data folder that lives as long as the tests, and a fast password hash."""

import os
import tempfile

os.environ.setdefault("MESOPLAN_CLINIC_HOME", tempfile.mkdtemp(prefix="mesoplan-clinic-tests-"))
os.environ.pop("MESOPLAN_CLINIC_KEYS", None)
os.environ["MESOPLAN_PUBLIC_URL"] = ""

from mesoplan_clinic.config.settings import *  # noqa: F403
from mesoplan_clinic.config.settings import DATABASES, HOME

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow by design
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ALLOWED_HOSTS = ["*"]
(HOME / "static").mkdir(exist_ok=True)
DATABASES["default"]["CONN_MAX_AGE"] = 0  # a server of an earlier test keeps no file open that a later one replaces
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "test.sqlite3")}
