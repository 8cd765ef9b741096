"""Addresses of the client's own form."""

from django.urls import path

from mesoplan_clinic.intakes import form_views

urlpatterns = [
    path("", form_views.form, name="form"),
    path("over/", form_views.form_over, name="form_over"),
    path("open/<str:token>/", form_views.form_open, name="form_open"),
    path("group/<slug:group>/", form_views.form_group, name="form_group"),
    path("answer/<slug:question>/", form_views.form_answer, name="form_answer"),
    path("confirm/<slug:group>/", form_views.form_confirm, name="form_confirm"),
    path("sign/", form_views.form_sign, name="form_sign"),
]
