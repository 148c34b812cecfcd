"""What is said here: checked, paced, put into the own feed, and written."""
