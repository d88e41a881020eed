"""What a task costs: counted operations, times a dated price table."""
