"""Words of the features: error codes, kinds, roles. One module a feature."""
