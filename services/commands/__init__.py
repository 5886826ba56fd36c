"""What the commands of the shell do, one file per noun."""
