"""A name becomes a metric: how it is estimated on labelled predictions, alone and against a baseline."""
