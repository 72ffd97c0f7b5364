"""What a run has to meet: settings, completeness, and the gate over its evidence."""
