"""Addresses of the pages of sessions; below a client's."""

from django.urls import path

from mesoplan_clinic.visits import correcting, views

urlpatterns = [
    path("<uuid:client>/courses/<uuid:course>/session/", views.session_start, name="session_start"),
    path("<uuid:client>/sessions/<uuid:session>/", views.session_page, name="session"),
    path("<uuid:client>/sessions/<uuid:session>/sign/", views.session_sign, name="session_sign"),
    path("<uuid:client>/sessions/<uuid:session>/abandon/", views.session_abandon, name="session_abandon"),
    path("<uuid:client>/sessions/<uuid:session>/leaflet.pdf", views.session_leaflet, name="session_leaflet"),
    path("<uuid:client>/sessions/<uuid:session>/correct/", correcting.session_correct, name="session_correct"),
    path("<uuid:client>/sessions/<uuid:session>/steps/<str:step>/", views.session_step, name="session_step"),
]
