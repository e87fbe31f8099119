"""Pages of the market: the board, a task, one's own tasks, drafts, assignments and figures."""
