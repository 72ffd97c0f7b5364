"""Estimates with intervals: arrays in, `Estimate` out; nothing here knows a limit or a check."""
