"""Addresses of a client's answers."""

from django.urls import path

from mesoplan_clinic.intakes import allergy_views, views

_ONE = "<uuid:client>/answers/<uuid:intake>/"

urlpatterns = [
    path("<uuid:client>/answers/", views.intake_list, name="intakes"),
    path("<uuid:client>/answers/begin/", views.intake_begin, name="intake_begin"),
    path("<uuid:client>/answers/ask/<slug:question>/", views.intake_ask, name="intake_ask"),
    path(_ONE, views.intake, name="intake"),
    path(_ONE + "group/<slug:group>/", views.intake_group, name="intake_group"),
    path(_ONE + "answer/<slug:question>/", views.intake_answer, name="intake_answer"),
    path(_ONE + "confirm/<slug:group>/", views.intake_confirm, name="intake_confirm"),
    path(_ONE + "sign/", views.intake_sign, name="intake_sign"),
    path(_ONE + "discard/", views.intake_discard, name="intake_discard"),
    path(_ONE + "hand-over/", views.intake_hand_over, name="intake_hand_over"),
    path(_ONE + "link/", views.intake_link, name="intake_link"),
    path(_ONE + "link/close/", views.intake_link_close, name="intake_link_close"),
    path("<uuid:client>/allergy-tests/", allergy_views.allergy_tests, name="allergy_tests"),
    path("<uuid:client>/allergy-tests/<uuid:test>/", allergy_views.allergy_reading, name="allergy_reading"),
]
