"""Addresses of the pages of courses, within a client's."""

from django.urls import path

from mesoplan_clinic.plans import date_views, paper_views, photo_views, views

urlpatterns = [
    path("<uuid:client>/courses/new/", views.course_new, name="course_new"),
    path("<uuid:client>/courses/<uuid:course>/", views.course, name="course"),
    path("<uuid:client>/courses/<uuid:course>/again/", views.course_replan, name="course_replan"),
    path("<uuid:client>/courses/<uuid:course>/choose/", views.course_choose, name="course_choose"),
    path("<uuid:client>/courses/<uuid:course>/photo/", photo_views.course_photo, name="course_photo"),
    path("<uuid:client>/courses/<uuid:course>/map.svg", photo_views.course_map, name="course_map"),
    path("<uuid:client>/courses/<uuid:course>/sessions/<int:number>/move/", date_views.course_move, name="course_move"),
    path("<uuid:client>/courses/<uuid:course>/consent/", views.course_consent, name="course_consent"),
    path(
        "<uuid:client>/courses/<uuid:course>/consent/withdraw/",
        views.course_consent_withdraw,
        name="course_consent_withdraw",
    ),
    path("<uuid:client>/courses/<uuid:course>/papers/", paper_views.course_papers, name="course_papers"),
    path("<uuid:client>/courses/<uuid:course>/papers/<str:name>/", paper_views.course_paper, name="course_paper"),
    path("<uuid:client>/courses/<uuid:course>/space/", paper_views.course_space, name="course_space"),
    path("<uuid:client>/courses/<uuid:course>/space/page/", paper_views.course_space_file, name="course_space_file"),
]
