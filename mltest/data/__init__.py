"""Checks of data: one file for each call, its rules in files beside it."""
