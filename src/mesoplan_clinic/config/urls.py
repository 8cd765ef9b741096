"""Every address of the application. A test reads this list: what is not declared by `page` or named here fails it."""

from django.urls import include, path, re_path

from mesoplan_clinic.accounts import views as accounts
from mesoplan_clinic.audit import views as audit

urlpatterns = [
    path("", accounts.start, name="start"),
    path("language/", accounts.language, name="language"),
    path("health/", accounts.health, name="health"),
    path("account/", accounts.account, name="account"),
    path("account/stay/", accounts.stay, name="stay"),
    path("account/clinic/", accounts.clinic_choose, name="clinic_choose"),
    re_path(r"^account/(?:email|confirm-email|password/reset)/", accounts.no_mail, name="no_mail"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("clients/", include("mesoplan_clinic.clients.urls")),
    path("clients/", include("mesoplan_clinic.intakes.urls")),
    path("clients/", include("mesoplan_clinic.screenings.urls")),
    path("clients/", include("mesoplan_clinic.photos.urls")),
    path("clients/", include("mesoplan_clinic.plans.urls")),
    path("form/", include("mesoplan_clinic.intakes.form_urls")),
    path("clients/", include("mesoplan_clinic.visits.urls")),
    path("", include("mesoplan_clinic.outcomes.urls")),
    path("stock/", include("mesoplan_clinic.stock.urls")),
    path("", include("mesoplan_clinic.owner.urls")),
    path("audit/", audit.audit_log, name="audit"),
    path("audit/head/", audit.audit_head, name="audit_head"),
]

handler400 = "mesoplan_clinic.kernel.errors.bad_request"
handler403 = "mesoplan_clinic.kernel.errors.refused"
handler404 = "mesoplan_clinic.kernel.errors.not_found"
handler500 = "mesoplan_clinic.kernel.errors.failed"
