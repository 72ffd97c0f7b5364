"""``python -m mltest``."""

import sys

from mltest.cli import main

sys.exit(main())
