"""Finds every feature: importing their modules fills the tables, error codes, permissions and subscriptions."""

import importlib
import pkgutil
from functools import cache

import crm_core
from crm_core.kit.events import all_listen


@cache
def load() -> None:
    """Import every module of every feature of the core, in no particular order."""
    for module in pkgutil.walk_packages(crm_core.__path__, "crm_core."):
        if not module.name.startswith("crm_core.migrations"):
            importlib.import_module(module.name)
    all_listen()
