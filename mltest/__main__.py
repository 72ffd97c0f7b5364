"""``python -m mltest``."""

from __future__ import annotations

import sys

from mltest.cli import main

sys.exit(main())
