"""Texts to vectors: interchangeable engines behind one protocol."""
