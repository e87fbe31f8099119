"""Settings of the application, read from the environment (see .env.example).

A misspelt value stops the start with a sentence instead of silently becoming a default.
"""

from datetime import timedelta
from pathlib import Path

from organization.sign_on.options import LDAP_BACKEND, OIDC_BACKEND
from perfmgmt import sign_on
from perfmgmt.environment import Environment, broker_socket, celery_broker

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

env = Environment(BASE_DIR / ".env")

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret_key(VAR_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.text("SECRET_KEY_FALLBACKS").split()
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")

# Floors from the ground up (docs/architecture.md); an app's templates and static files live at the top level.
PROJECT_APPS = [
    "common",
    "audit",
    "organization",
    "notifications",
    "indicators",
    "tasks_market",
    "scoring",
    "reviews",
    "awards",
    "supervision",
    "exchange",
    "reports",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "axes",
    "csp",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_celery_results",
    *PROJECT_APPS,
    "perfmgmt",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.middleware.RequestIdMiddleware",
    "perfmgmt.metrics.RequestTimesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "common.middleware.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "organization.middleware.OwnBureauMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "organization.middleware.SignedInMiddleware",
    "common.middleware.SentenceErrorsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "perfmgmt.urls"
WSGI_APPLICATION = "perfmgmt.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "perfmgmt.navigation.shell",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ]
            if not DEBUG
            else ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
        },
    }
]

FORM_RENDERER = "common.rendering.FormRenderer"

DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'perfmgmt.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organization.Employee"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "organization.backends.StaffNumberBackend"]
# Optional sign-on (docs/sign-on.md); None where it is off. Our own passwords stay valid beside it.
OIDC = sign_on.oidc(env)
LDAP = sign_on.ldap(env)
if OIDC:
    AUTHENTICATION_BACKENDS.append(OIDC_BACKEND)
if LDAP:
    AUTHENTICATION_BACKENDS.append(LDAP_BACKEND)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("number", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "organization:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "organization:login"

AXES_VERBOSE = False  # no line of its own at every start
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "organization.backends.axes_username"
AXES_LOCKOUT_CALLABLE = "organization.views.accounts.locked_out"

# The language of the sources, and so of commands and jobs. Django falls back to it where a catalogue has no entry: were
# it English, Chinese could not be switched on, since the sources need no Chinese catalogue.
LANGUAGE_CODE = "zh-hans"
DEFAULT_LANGUAGE = env.choice("DEFAULT_LANGUAGE", ["zh-hans", "en"], default="zh-hans")
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

NODE_MODULES = BASE_DIR / "node_modules"
VENDOR_FILES = [
    "@tabler/core/dist/css/tabler.min.css",
    "@tabler/core/dist/css/tabler.min.css.map",
]
# The font of certificates and files (SIL Open Font License 1.1); read from where npm put it, served to nobody.
PDF_FONTS = {
    "regular": "@expo-google-fonts/noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
    "bold": "@expo-google-fonts/noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "common.staticfiles.VendorFinder",
    "common.staticfiles.IconFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# In development files are served from where they lie, without collectstatic.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = env.folder("MEDIA_ROOT", default=VAR_DIR / "media")  # outside the web root; only views hand files out

vars().update(env.email("EMAIL_URL", default="consolemail://"))
# Where group robots may be (docs/notifications.md): whoever enters an address must not reach the machines beside us.
DELIVERIES_KEPT_FOR = env.days("DELIVERIES_KEPT_DAYS", default=180)
WEBHOOK_HOSTS = env.names("WEBHOOK_HOSTS", default=["qyapi.weixin.qq.com", "oapi.dingtalk.com"])
# The name under which links in mails lead here; without one a mail says to sign in.
SITE_ORIGIN = next((origin for origin in CSRF_TRUSTED_ORIGINS if "*" not in origin), "")

SESSION_ENGINE = "common.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# An https origin says that a proxy with a certificate stands in front; only then may its header be believed.
HTTPS = any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0
# The bureau's machine speaks for its own name, not for the domain's other names (W005) or the browsers' lists (W021).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by monitors inside the machine

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        # logging out goes on to the provider, and browsers look at where a form's answer leads
        "form-action": ["'self'", *([OIDC.origin] if OIDC else [])],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "indicators.access.FactTokens",
        "organization.access.PersonToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["organization.access.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "common.api.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.api.sentence_errors",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "perfmgmt",
    "DESCRIPTION": "税务局绩效管理系统接口",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "AdjustmentKindEnum": "scoring.models.Adjustment.Kind",
        "AdjustmentStateEnum": "scoring.models.Adjustment.State",
        "AppealSideEnum": "scoring.models.Appeal.Side",
        "AppealStateEnum": "scoring.models.Appeal.State",
        "TaskKindEnum": "tasks_market.models.Task.Kind",
        "TaskStateEnum": "tasks_market.models.Task.State",
        "ClaimStateEnum": "tasks_market.models.Claim.State",
        "ClaimPartEnum": "tasks_market.models.Claim.Part",
        "ItemRequestStateEnum": "indicators.models.ItemRequest.State",
        "RatingKindEnum": "reviews.models.Rating.Kind",
        "TalkKindEnum": "reviews.models.Talk.Kind",
        "TalkStateEnum": "reviews.models.Talk.State",
        "ShowingStateEnum": "reviews.models.Showing.State",
        "SelectionStateEnum": "awards.models.Selection.State",
        "WarningSideEnum": "supervision.models.WarningSignature.Side",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.api.describe_refusals",
    ],
}

REDIS_URL = env.redis("REDIS_URL", default=broker_socket(VAR_DIR))
CELERY_BROKER_URL = celery_broker(REDIS_URL)
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TRACK_STARTED = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# What a killed worker had fetched comes back after so many seconds; what it was working on is sent again earlier
# (perfmgmt/catching_up.py). A run that takes longer is not doubled by it: of one key one run works at a time.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "max_retries": 0}
# Beat brings what is late by less; of what is later the catching-up brings one run, however many were missed.
CELERY_BEAT_CRON_STARTING_DEADLINE = 540
# So many bureaus are scored at a time by the workers, where all of them are (docs/scoring.md).
SCORING_LANES = env.number("SCORING_LANES", default=4, highest=500)
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

METRICS_ALLOWED = env.networks("METRICS_ALLOWED", default="127.0.0.1,::1")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"origin": {"()": "common.middleware.OriginFilter"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{request_id} {bureau}] {message}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{levelname}{name}{request_id}{bureau}{message}",
            "style": "{",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": "time",
            "json_ensure_ascii": False,
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.choice("LOG_FORMAT", ["line", "json"], default="line"),
            "filters": ["origin"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": [], "level": "INFO"}},  # Django's own handler would write each line twice
}
