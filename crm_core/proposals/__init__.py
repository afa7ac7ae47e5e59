"""Another playbook on its way in: sent as a document, checked, looked at, published."""
