"""Addresses of the owner's pages."""

from django.urls import path

from mesoplan_clinic.owner import recovery, views

urlpatterns = [
    path("clinic/", views.owner, name="owner"),
    path("clinic/rescreening/", views.rescreenings, name="rescreenings"),
    path("clinic/courses/", views.covers, name="covers"),
    path("clinic/csv/", views.everything_csv, name="everything_csv"),
    path("clinic/team/", views.team, name="team"),
    path("clinic/team/new/", views.member_new, name="member_new"),
    path("clinic/team/<uuid:who>/", views.member_change, name="member_change"),
    path("clinic/team/<uuid:who>/password/", recovery.member_password, name="member_password"),
    path("clinic/team/<uuid:who>/factors/", recovery.member_factors, name="member_factors"),
    path("clients/<uuid:client>/access/", views.client_access, name="client_access"),
    path("clients/<uuid:client>/export/", views.client_export, name="client_export"),
    path("clients/<uuid:client>/erase/", views.client_erase, name="client_erase"),
]
