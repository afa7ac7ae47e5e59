"""What whoever runs the program can mend: shown as plain lines on stderr, never as a traceback."""


class OperatorError(Exception):
    """Each of `lines` says what is wrong and what to do; the command ends with `exit_code`."""

    exit_code = 1

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class MisuseError(OperatorError):
    """Options or settings that say nothing sensible."""

    exit_code = 2
