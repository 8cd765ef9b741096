"""Addresses of the pages after a session."""

from django.urls import path

from mesoplan_clinic.outcomes import photo_views, views

urlpatterns = [
    path("today/", views.today, name="today"),
    path("clients/<uuid:client>/follow-ups/<uuid:follow_up>/", views.follow_up, name="follow_up"),
    path("clients/<uuid:client>/sessions/<uuid:session>/outcome/", views.outcome_new, name="outcome_new"),
    path("clients/<uuid:client>/events/<uuid:event>/", views.event, name="event"),
    path("clients/<uuid:client>/photos/compare/", photo_views.photo_compare, name="photo_compare"),
    path("clients/<uuid:client>/photos/<uuid:photo>/again/", photo_views.photo_again, name="photo_again"),
]
