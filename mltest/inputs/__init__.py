"""What a user hands in: tables, models, labels and artifacts, read into forms that checks can rely on."""
