"""What holds for every request: problems, deadlines, pages, repeated requests, numbers for operations."""
