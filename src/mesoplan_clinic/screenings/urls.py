"""Addresses of the pages of screening."""

from django.urls import path

from mesoplan_clinic.screenings import views

urlpatterns = [
    path("<uuid:client>/screening/", views.screening, name="screening"),
    path("<uuid:client>/screening/<uuid:screening>/", views.screening_kept, name="screening_kept"),
    path("<uuid:client>/screening/<uuid:screening>/decide/<str:finding>/", views.decide, name="decide"),
    path("<uuid:client>/decisions/<uuid:decision>/withdraw/", views.decision_withdraw, name="decision_withdraw"),
]
