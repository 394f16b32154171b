"""The engine: articles go in, quotes come out. It knows nothing of Telegram, the terminal or the settings."""
