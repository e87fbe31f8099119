"""Addresses of the market."""

from django.urls import path

from tasks_market.views import acts, assigning, board, drafting, figures, mine, task

app_name = "tasks_market"

urlpatterns = [
    path("market/", board.board, name="board"),
    path("market/mine/", mine.mine, name="mine"),
    path("market/assign/", assigning.assign, name="assign"),
    path("market/drafts/", drafting.drafts, name="drafts"),
    path("market/drafts/new/", drafting.new, name="new"),
    path("market/drafts/post/", drafting.post, name="post-list"),
    path("market/figures/", figures.figures, name="figures"),
    path("market/files/<int:pk>/", task.download, name="file"),
    path("market/claims/<int:pk>/withdraw/", board.withdraw, name="withdraw"),
    path("market/claims/<int:pk>/start/", acts.start, name="start"),
    path("market/claims/<int:pk>/note/", acts.note, name="note"),
    path("market/claims/<int:pk>/hand-in/", acts.hand_in, name="hand-in"),
    path("market/claims/<int:pk>/extension/", acts.extension, name="extension"),
    path("market/claims/<int:pk>/extension/decide/", acts.decide_extension, name="decide"),
    path("market/claims/<int:pk>/object/", acts.object_to, name="object"),
    path("market/claims/<int:pk>/object/answer/", acts.decide_objection, name="answer"),
    path("market/claims/<int:pk>/worth/", task.worth, name="worth"),
    path("market/claims/<int:pk>/accept/", acts.accept, name="accept"),
    path("market/claims/<int:pk>/return/", acts.send_back, name="return"),
    path("market/claims/<int:pk>/refuse/", acts.refuse, name="refuse"),
    path("market/<path:number>/live/", task.live, name="live"),
    path("market/<path:number>/claim/", board.claim, name="claim"),
    path("market/<path:number>/edit/", drafting.edit, name="edit"),
    path("market/<path:number>/post/", acts.post, name="post"),
    path("market/<path:number>/cancel/", acts.cancel, name="cancel"),
    # last, because the number of an imported task may hold a slash
    path("market/<path:number>/", task.task, name="task"),
]
