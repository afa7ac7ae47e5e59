"""What is true: features, their operations, rights and tables. It knows nothing of Telegram or HTTP."""
