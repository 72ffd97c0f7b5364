"""What is served answers as what was trained: by every route that a serving path takes."""
