"""Checks of models, one call in each file."""
