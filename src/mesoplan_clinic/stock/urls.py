"""Addresses of the pages of the stock."""

from django.urls import path

from mesoplan_clinic.stock import views

urlpatterns = [
    path("", views.stock, name="stock"),
    path("new/", views.lot_new, name="lot_new"),
    path("received/", views.received, name="received"),
    path("received.csv", views.received_csv, name="received_csv"),
    path("<uuid:lot>/", views.lot, name="lot"),
    path("<uuid:lot>/change/", views.lot_change, name="lot_change"),
    path("<uuid:lot>/block/", views.lot_block, name="lot_block"),
]
