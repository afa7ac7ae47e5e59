"""Bot API methods, one function each. Importing this package fills the registry."""

from sandbox.methods import albums, editing, receiving, sending, settings
from sandbox.methods.call import METHODS, Call, method

__all__ = ["METHODS", "Call", "albums", "editing", "method", "receiving", "sending", "settings"]
