"""python -m tests.services COMMAND…: runs a command with DATABASE_URL and REDIS_URL of throw-away servers.

TEST_DATABASE_URL and TEST_REDIS_URL name servers to use instead.
"""

import contextlib
import os
import subprocess
import sys

from tests.services import postgresql, valkey


def main(command: list[str]) -> int:
    with contextlib.ExitStack() as stack:
        database = os.environ.get("TEST_DATABASE_URL") or stack.enter_context(postgresql())
        broker = os.environ.get("TEST_REDIS_URL") or stack.enter_context(valkey())
        environment = {**os.environ, "DATABASE_URL": database, "REDIS_URL": broker}
        return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
