"""The company's own fields (自定义字段): declared in the playbook, kept as JSON with the record they belong to."""
