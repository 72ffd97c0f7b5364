"""What can be held against the evidence of a run: one stage a file, every finding and never only the first."""
