"""The two servers Dialogwerk needs, as child processes on a machine that has neither."""
