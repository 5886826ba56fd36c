"""The model that ships: its weights, its card, the comments written for it, and how it is built."""
