"""Answers for the pages of reports, as dataclasses with the strings made ready; one module for each noun."""
