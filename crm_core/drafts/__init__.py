"""Half-filled forms: kept for seven days, over restarts and deploys."""
