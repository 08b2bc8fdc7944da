"""Django's settings: what `startproject` writes, without the parts that need a database, a session or templates.

DJANGO_DEBUG=1 turns debug mode on, as it is in a new project.
"""

import os

SECRET_KEY = "not a secret: nothing is signed here"  # noqa: S105 - Django does not start without one
DEBUG = os.environ.get("DJANGO_DEBUG") == "1"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
WSGI_APPLICATION = "wsgi.application"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
APPEND_SLASH = False  # a trailing slash is another path
USE_I18N = False
USE_TZ = True
