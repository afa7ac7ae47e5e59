"""What is known of a person goes, on request (PIPL 47, GDPR 17): what goes, what stays and why."""
