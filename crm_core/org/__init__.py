"""The company: branches, departments, employees, who reports to whom, who may see and do what."""
