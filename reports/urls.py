"""Addresses of the workbench, the ranking, the score sheets and their export."""

from django.urls import include, path

from reports import (
    views,
    views_bulletin_desk,
    views_bulletins,
    views_cockpit,
    views_file,
    views_ledger,
    views_moves,
    views_todo,
    views_upward,
)

pages = [
    path("dashboard/", views_cockpit.dashboard, name="dashboard"),
    path("dashboard/<slug:figure>/", views_cockpit.dashboard_rows, name="dashboard-rows"),
    path("ranking/", views.ranking, name="ranking"),
    path("ranking/departments/", views.departments, name="departments"),
    path("ranking/export/", views.export, name="export"),
    path("levelling/", views.levelling, name="levelling"),
    path("levelling/export/", views.export_radar, name="levelling-export"),
    path("scores/mine/", views.mine, name="mine"),
    path("scores/<int:pk>/", views.score, name="score"),
    path("upward/", views_upward.upward, name="upward"),
    path("upward/export/", views_upward.export, name="upward-export"),
    path("system/bureaus/at/<str:code>/move/", views_moves.move_bureau, name="bureau-move"),
    path("ledger/", views_ledger.personal, name="ledger"),
    path("ledger/department/", views_ledger.department, name="ledger-department"),
    path("ledger/office/", views_ledger.office, name="ledger-office"),
    path("ledger/<str:scope>/export/", views_ledger.export, name="ledger-export"),
    path("bulletins/", views_bulletins.bulletins, name="bulletins"),
    path("bulletins/draft/", views_bulletin_desk.bulletin_draft, name="bulletin-draft"),
    path("bulletins/<int:pk>/", views_bulletins.bulletin, name="bulletin"),
    path("bulletins/<int:pk>/word/", views_bulletins.bulletin_word, name="bulletin-word"),
    path("bulletins/<int:pk>/readers/", views_bulletins.bulletin_readers, name="bulletin-readers"),
    path("bulletins/<int:pk>/remind/", views_bulletins.bulletin_remind, name="bulletin-remind"),
    path("bulletins/<int:pk>/edit/", views_bulletin_desk.bulletin_edit, name="bulletin-edit"),
    path("bulletins/<int:pk>/save/", views_bulletin_desk.bulletin_save, name="bulletin-save"),
    path("bulletins/<int:pk>/sections/<slug:section>/", views_bulletin_desk.bulletin_section, name="bulletin-section"),
    path("bulletins/<int:pk>/recount/", views_bulletin_desk.bulletin_recount, name="bulletin-recount"),
    path("bulletins/<int:pk>/submit/", views_bulletin_desk.bulletin_submit, name="bulletin-submit"),
    path("bulletins/<int:pk>/return/", views_bulletin_desk.bulletin_return, name="bulletin-return"),
    path("bulletins/<int:pk>/publish/", views_bulletin_desk.bulletin_publish, name="bulletin-publish"),
    path("todo/", views_todo.todo_page, name="todo"),
    path("todo/count/", views_todo.todo_count, name="todo-count"),
    path("file/", views_file.own_file, name="file-own"),
    path("file/<str:number>/", views_file.file, name="file"),
    path("file/<str:number>/pdf/", views_file.file_export, name="file-pdf"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("", include((pages, "reports"))),
]
