"""One file per system that mltest works beside; each is imported by name, when it is used."""
