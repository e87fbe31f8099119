"""Everything that writes adjustments, department scores, runs and scores."""
