"""The desk: every comment that needs a person, until a person has decided."""
