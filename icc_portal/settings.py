"""All settings, read from the environment; the README has the table.

Without any variable this is the embedded portal: its own PostgreSQL, Redis and mail sink in `var/`.
`ICC_ENV=production` demands what a public server needs and stops with a sentence when it is missing.
"""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from common import words
from icc_portal import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCTION = env("ICC_ENV", default="embedded") == "production"
DEMO = env.bool("ICC_DEMO", default=False)
DEBUG = env.bool("ICC_DEBUG", default=False)


def required(name: str, what: str) -> str:
    """The variable, which production cannot do without."""
    if value := env(name, default=""):
        return value
    raise ImproperlyConfigured(f"Set {name}: {what} (README, “Run it”).")


if PRODUCTION:
    SECRET_KEY = required("SECRET_KEY", "a long random string, kept secret")
    ALLOWED_HOSTS = required("ALLOWED_HOSTS", "the host names of the portal, separated by commas").split(",")
    DATABASE_URL = required("DATABASE_URL", "postgres://user:password@host/name")
    REDIS_URL = required("REDIS_URL", "rediss://host:6379/0")
    EMAIL_URL = required("EMAIL_URL", "smtp+tls://user:password@host:587")
    BOUNCES_URL = env("BOUNCES_URL", default="")
    PORTAL_URL = required("PORTAL_URL", "https://host, used for links in mails and PDFs")
else:
    SECRET_KEY = env("SECRET_KEY", default="") or embedded.secret_key()
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
    DATABASE_URL = env("DATABASE_URL", default="") or embedded.database_url()
    REDIS_URL = env("REDIS_URL", default="") or embedded.redis_url()
    EMAIL_URL = env("EMAIL_URL", default="") or embedded.email_url()
    BOUNCES_URL = env("BOUNCES_URL", default="") or f"maildir://{embedded.RETURNED}"
    PORTAL_URL = env("PORTAL_URL", default="http://127.0.0.1:8000")

INSTALLED_APPS = [
    "modeltranslation",  # before the admin, which it patches
    "unfold.apps.BasicAppConfig",  # without its own admin site: ours is accounts.admin_site
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "accounts.apps.PortalAdminConfig",  # django.contrib.admin behind a second factor
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_countries",
    "django_htmx",
    "import_export",
    "simple_history",
    "common",
    "mail",
    "accounts",
    "cities",
    "correspondence",
    "activities",
    "grants",
    "library",
    "reports",
    "icc_portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "icc_portal.see_as.middleware.SeeAsMiddleware",
    "common.kept.LoginRequiredMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "icc_portal.urls"
WSGI_APPLICATION = "icc_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "icc_portal.context_processors.portal",
            ],
            "builtins": [f"common.templatetags.{name}" for name in ("ui", "ui_page", "ui_forms", "ui_text")],
        },
    }
]

# Storage ---------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(embedded.VAR / "media")))  # where no bucket is configured
STATIC_URL = "/static/"
STATIC_ROOT = embedded.VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
if bucket := env("S3_BUCKET", default=""):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env("S3_ENDPOINT_URL", default=None),
            "file_overwrite": False,
        },
    }
FILE_UPLOAD_PERMISSIONS = 0o640
UPLOAD_MAX_BYTES = 10 * 1024 * 1024

# Membership ------------------------------------------------------------------------------------

ICC_CONTRIBUTION_EUR = Decimal(
    env("ICC_CONTRIBUTION_EUR", default="5000")
)  # a year, of a city of the international network

# People ----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("home")
LOGOUT_REDIRECT_URL = reverse_lazy("home")

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_FORMS = {"login": "accounts.forms.LoginForm", "reset_password": "accounts.forms.ResetPasswordForm"}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if PRODUCTION else 0)  # whose X-Forwarded-For counts
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "ICC portal"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = False  # five statements on every request
INVITATION_AGE = timedelta(days=14)

# Language and time -----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LANGUAGE_COOKIE_NAME = "language"
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_FALLBACK_LANGUAGES = ("en", "fr")
MODELTRANSLATION_BUILD_LOCALIZED_VERBOSE_NAME = words.in_language
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["icc_portal.formats"]  # British dates in English
TIME_ZONE = "Europe/Paris"  # Strasbourg

# Mail ------------------------------------------------------------------------------------------

_email = env.email_url_config(EMAIL_URL)
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"], _email["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"] or "", _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _email.get("EMAIL_USE_TLS", False), _email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Intercultural Cities <icc@icc-portal.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
UNIT_EMAIL = env("UNIT_EMAIL", default="unit@icc-portal.example")
MAIL_MAX_BYTES = env.int("MAIL_MAX_BYTES", default=8 * 1024 * 1024)  # of attachments, base64 counted
MAIL_CONNECTIONS = env.int("MAIL_CONNECTIONS", default=4)  # at the same time, of all workers together
MAIL_PER_MINUTE = env.int("MAIL_PER_MINUTE", default=0)  # of all workers together; 0 is no limit
BOUNCES_ADDRESS = env("BOUNCES_ADDRESS", default="bounces@" + DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">"))

# Work in the background ------------------------------------------------------------------------

CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 280_000  # kilobytes: after a very long document a process is replaced by a new one
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "socket_connect_timeout": 3}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"mail.tasks.*": {"queue": "mail"}, "*.tasks.render_*": {"queue": "render"}}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(embedded.VAR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-mail": {"task": "mail.tasks.sweep", "schedule": 60.0},
    "read-bounces": {"task": "mail.tasks.read_bounces", "schedule": 30.0 if DEMO else 180.0},
    "send-scheduled": {"task": "correspondence.tasks.send_scheduled", "schedule": 60.0},
    "sweep-activities": {"task": "activities.tasks.sweep", "schedule": 300.0},
    "sweep-reports": {"task": "reports.tasks.sweep", "schedule": 60.0},
    "dates-of-reports": {"task": "reports.tasks.keep_dates", "schedule": 900.0},
    "expire-personal-data": {"task": "icc_portal.tasks.expire_personal_data", "schedule": crontab(hour=1, minute=20)},
}

# Security --------------------------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "icc_portal.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},
}

UNFOLD = {
    "SITE_TITLE": _("ICC portal"),
    "SITE_HEADER": _("ICC portal"),
    "SITE_SUBHEADER": _("Administration of the unit"),
    "SITE_URL": reverse_lazy("home"),
    "SITE_SYMBOL": "diversity_3",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "icc_portal.dashboard.year",
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": "icc_portal.dashboard.menu"},
    "STYLES": [lambda request: static("admin/portal.css")],
    "ACCOUNT": {
        "navigation": [
            {"title": _("Preferences"), "link": reverse_lazy("accounts:preferences")},
            {"title": _("Two-step log in"), "link": reverse_lazy("mfa_index")},
        ]
    },
    "COLORS": {
        "primary": {
            "50": "238 243 251", "100": "214 226 245", "200": "173 197 235", "300": "150 182 229", "400": "116 160 221",
            "500": "90 140 214", "600": "27 71 148", "700": "20 56 121", "800": "16 45 97", "900": "13 36 78", "950": "8 22 49",
        }
    },
}  # fmt: skip
