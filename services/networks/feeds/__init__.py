"""RSS, Atom and JSON feeds of pages we watch: news comes in, nothing goes out."""
