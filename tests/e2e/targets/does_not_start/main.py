"""End before listening, as an app with a missing setting."""

import sys

sys.exit("no setting SECRET_INGREDIENT")
