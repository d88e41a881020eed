"""The use cases: accept a request, run a step, settle a task."""
