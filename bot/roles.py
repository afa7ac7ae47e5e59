"""The parts of the program that may run in processes of their own: `rounds run --role …`."""

from enum import StrEnum


class Role(StrEnum):
    INTAKE = "intake"
    WORKER = "worker"
    DELIVERY = "delivery"
    FILES = "files"
    CLOCK = "clock"
