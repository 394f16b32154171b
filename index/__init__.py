"""The engine: article in, quotes out. Knows nothing of Telegram, the terminal or the settings."""
