"""`python -m crm_core.migrations "what changed"`: writes the next migration, for what the models have and the newest
migration has not. Read it before you commit it: renames look like a loss and a gain."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from crm_core.kit.embedded import Embedded
from crm_core.migrations import config, head, upgrade


def write(message: str) -> None:
    """Compares with a database made for this, so that nobody's own has to be at hand or in order."""
    with tempfile.TemporaryDirectory(prefix="rounds-") as directory:
        server = Embedded(Path(directory) / "pg", durable=False)
        try:
            url = server.url()
            upgrade(url)
            number = int(head()) + 1
            command.revision(config(url), message, autogenerate=True, rev_id=f"{number:04d}")
        finally:
            server.release()


if __name__ == "__main__":
    write(" ".join(sys.argv[1:]))
