"""Addresses of the workbench, the ranking, the score sheets and their export."""

from django.urls import include, path

from reports import views, views_file, views_ledger, views_todo

pages = [
    path("ranking/", views.ranking, name="ranking"),
    path("ranking/departments/", views.departments, name="departments"),
    path("ranking/export/", views.export, name="export"),
    path("levelling/", views.levelling, name="levelling"),
    path("levelling/export/", views.export_radar, name="levelling-export"),
    path("scores/mine/", views.mine, name="mine"),
    path("scores/<int:pk>/", views.score, name="score"),
    path("ledger/", views_ledger.personal, name="ledger"),
    path("ledger/department/", views_ledger.department, name="ledger-department"),
    path("ledger/office/", views_ledger.office, name="ledger-office"),
    path("ledger/<str:scope>/export/", views_ledger.export, name="ledger-export"),
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
