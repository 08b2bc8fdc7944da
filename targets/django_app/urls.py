"""The paths of the contract."""

from django.urls import path
from views import hello, hello_name, json

urlpatterns = [path("", hello), path("json", json), path("hello/<str:name>", hello_name)]
