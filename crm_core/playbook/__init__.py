"""The company's own words (playbook): dictionaries, customer types and their rhythms, checked and versioned."""
