"""Everything a person touches: the terminal and Telegram."""
