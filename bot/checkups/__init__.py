"""What `doctor` looks at, one module for each place; all of it only reads."""
