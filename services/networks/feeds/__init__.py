"""RSS and Atom feeds of pages we watch: news comes in, nothing goes out."""
