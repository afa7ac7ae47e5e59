"""Forms: a pure engine, kinds of fields, and one module of declarations per feature."""
