"""What a task is and what may happen to it: standard library only, no I/O, the clock injected."""
