"""Django's settings; what a clinic decides comes from the environment or from its data folder (docs/clinic.md)."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF

from mesoplan_clinic.kernel.keys import load_keys, secret_of

PACKAGE = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("MESOPLAN_CLINIC_HOME", "clinic-data")).resolve()
"""The data folder: database, keys, backups."""
KEYS = load_keys(HOME)
SECRET_KEY = secret_of(KEYS)

PUBLIC_URL = os.environ.get("MESOPLAN_PUBLIC_URL", "").rstrip("/")
"""Where tablets and clients reach this server; empty: on this machine alone."""
_PUBLIC = urlsplit(PUBLIC_URL)
SECURE = _PUBLIC.scheme == "https"
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *([_PUBLIC.hostname] if _PUBLIC.hostname else [])]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None

INSTALLED_APPS = [
    # before allauth, so that the templates here come first
    "mesoplan_clinic.accounts",
    "mesoplan_clinic.audit",
    "mesoplan_clinic.clients",
    "mesoplan_clinic.intakes",
    "mesoplan_clinic.screenings",
    "mesoplan_clinic.photos",
    "mesoplan_clinic.plans",
    "mesoplan_clinic.visits",
    "mesoplan_clinic.stock",
    "mesoplan_clinic.outcomes",
    "mesoplan_clinic.owner",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # allauth's list of passkeys says when each was used
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    # before whatever may refuse a request, so that refusals carry the headers too
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mesoplan_clinic.kernel.headers.NoStore",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "mesoplan_clinic.kernel.headers.NoNul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mesoplan_clinic.accounts.middleware.SessionLimits",
    "mesoplan_clinic.accounts.middleware.MemberMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "mesoplan_clinic.config.urls"
WSGI_APPLICATION = "mesoplan_clinic.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mesoplan_clinic.kernel.context.clinic",
            ],
        },
    }
]

# -- database

DATABASE_URL = os.environ.get("DATABASE_URL", "")
if DATABASE_URL:
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=600, conn_health_checks=True)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(HOME / "clinic.sqlite3"),
            "CONN_MAX_AGE": 600,  # the last connection to close writes the whole log back, which no request should pay
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- who is here

EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # this server sends no mail
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "mesoplan_clinic.accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_FORMS = {"change_password": "mesoplan_clinic.accounts.passwords.ChangePassword"}
# failed attempts by address, and by account from wherever they come; on a device on which its owner has logged in
# before they are counted apart, so that a stranger's do not lock the owner out (accounts/devices.py)
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,20/h/key", "reauthenticate": "10/m/user"}
LOGIN_FAILED_ON_KNOWN_DEVICE = "20/h/key"
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if SECURE else 0  # else everybody would come from the proxy's address
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Mesoplan"
MFA_FORMS = {"add_webauthn": "mesoplan_clinic.accounts.passkeys.AddPasskey"}
MFA_ADAPTER = "mesoplan_clinic.accounts.adapter.MfaAdapter"

SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_IDLE_SECONDS = int(timedelta(minutes=30).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mesoplan_clinic.kernel.errors.csrf_failed"
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # the proxy that ends TLS redirects; see docs/clinic.md
    "security.W005",  # HSTS for subdomains: other servers of the clinic are not this application's to decide on
    "security.W009",  # a secret of under 50 characters: it is 32 random bytes, in base 64
    "security.W021",  # HSTS preload: for the owner of the domain to ask browsers for
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
# large: attempts are counted in it, and with few entries a stranger's many would push the others out
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 12_000_000
# an upload is never written to a disk before it is sealed; a larger one is refused (kernel/uploads.py)
FILE_UPLOAD_HANDLERS = ["mesoplan_clinic.kernel.uploads.InMemory"]

# -- photos: the core decodes at most 52 megapixels of a JPEG, 20 of anything else, and keeps 1600 px of the long side

PHOTO_MAX_BYTES = FILE_UPLOAD_MAX_MEMORY_SIZE
PHOTO_MIN_SIDE = 240
PHOTO_THUMBNAIL_SIDE = 144
PHOTO_THUMBNAIL_QUALITY = 80

# -- languages and time

LANGUAGES = [("en", "English"), ("ru", "Русский")]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# -- static files

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [PACKAGE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

_LOG_LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"without values": {"()": "mesoplan_clinic.kernel.logs.WithoutValues", "format": _LOG_LINE}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "without values"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
