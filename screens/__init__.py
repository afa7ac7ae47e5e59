"""What people see: screens, lists, templates and texts in zh and en."""
