"""Everything one run leaves: recorded as it happens, written as canonical JSON, tied by one root."""
