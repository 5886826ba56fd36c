"""Comments under the posts and pages of a WordPress site of our own."""
