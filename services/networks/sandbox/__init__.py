"""A small social network of our own over real HTTP for demo and tests, and its connector."""
