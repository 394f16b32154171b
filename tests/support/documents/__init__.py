"""What is read into articles, made for the tests: PDF and Word files, and texts as a person pastes them."""
