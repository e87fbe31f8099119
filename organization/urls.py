"""Addresses of login and of the bureau's people and places."""

from django.urls import path

from organization.views import accounts, bureaus, people, places, settings, sign_on

app_name = "organization"

urlpatterns = [
    path("login/", accounts.login, name="login"),
    path("logout/", accounts.logout, name="logout"),
    path("sign-on/", sign_on.depart, name="sign-on"),
    path("sign-on/back/", sign_on.arrive, name="sign-on-back"),
    path("password/", accounts.password, name="password"),
    path("people/", people.people, name="people"),
    path("people/new/", people.new_person, name="person-new"),
    path("people/passwords/", accounts.issue, name="passwords"),
    path("people/<str:number>/", people.person, name="person"),
    path("people/<str:number>/edit/", people.edit_person, name="person-edit"),
    path("people/<str:number>/place/", people.place, name="person-place"),
    path("people/<str:number>/placements/<int:pk>/withdraw/", people.withdraw_placement, name="placement-withdraw"),
    path("people/<str:number>/roles/new/", people.new_role, name="role-new"),
    path("people/<str:number>/roles/<int:pk>/revoke/", people.revoke_role, name="role-revoke"),
    path("people/<str:number>/absences/new/", people.new_absence, name="absence-new"),
    path("people/<str:number>/absences/<int:pk>/", people.edit_absence, name="absence-edit"),
    path("people/<str:number>/absences/<int:pk>/remove/", people.remove_absence, name="absence-remove"),
    path("people/<str:number>/reset-password/", accounts.reset_password, name="password-reset"),
    path("people/<str:number>/unlock/", accounts.unlock, name="unlock"),
    path("people/<str:number>/switch/", accounts.switch_account, name="account-switch"),
    path("organization/", places.bureau, name="bureau"),
    path("organization/<slug:slug>/new/", places.place, name="place-new"),
    path("organization/<slug:slug>/<int:pk>/", places.place, name="place"),
    path("system/", settings.settings, name="settings"),
    path("system/bureaus/", bureaus.bureaus, name="bureaus"),
    path("system/bureaus/new/", bureaus.new_bureau, name="bureau-new"),
    path("system/bureaus/at/<str:code>/", bureaus.edit_bureau, name="bureau-edit"),
    path("system/calendar/", settings.calendar, name="calendar"),
    path("system/calendar/<int:year>/", settings.calendar, name="calendar-year"),
]
