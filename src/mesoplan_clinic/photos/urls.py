"""Addresses of the pages of photos, within a client's."""

from django.urls import path

from mesoplan_clinic.photos import views

urlpatterns = [
    path("<uuid:client>/photos/", views.photo_list, name="photos"),
    path("<uuid:client>/photos/new/", views.photo_new, name="photo_new"),
    path("<uuid:client>/photos/consent/", views.photo_consent, name="photo_consent"),
    path("<uuid:client>/photos/consent/withdraw/", views.photo_consent_withdraw, name="photo_consent_withdraw"),
    path("<uuid:client>/photos/<uuid:photo>/", views.photo, name="photo"),
    path("<uuid:client>/photos/<uuid:photo>/delete/", views.photo_delete, name="photo_delete"),
    path("<uuid:client>/photos/<uuid:photo>/file/", views.photo_file, name="photo_file"),
    path("<uuid:client>/photos/<uuid:photo>/small/", views.photo_small, name="photo_small"),
]
