"""What holds for every test."""

import os

from hypothesis import settings

# Refused handshakes are what many tests are about; the transport's own lines about them only hide what failed.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

# No deadline: how long an example takes says something about the machine and its other tenants, not about the code.
settings.register_profile("interchange", deadline=None, print_blob=True)
settings.load_profile("interchange")

# Fixtures that tests of several directories ask for.
pytest_plugins = ["fakes.databases", "fakes.left_behind", "fakes.softhsm", "fakes.worlds"]
