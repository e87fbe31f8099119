"""The page `/_ui/` that shows every component in every state; only with DEBUG."""
