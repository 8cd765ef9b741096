"""Addresses of the pages of clients."""

from django.urls import path

from mesoplan_clinic.clients import views

urlpatterns = [
    path("", views.client_list, name="clients"),
    path("new/", views.client_new, name="client_new"),
    path("<uuid:client>/", views.client_page, name="client"),
    path("<uuid:client>/change/", views.client_change, name="client_change"),
]
