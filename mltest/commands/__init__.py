"""One file per command of ``mltest``, each with ``run(arguments) -> int``."""
