"""The rooms of the stack, one concern each. All arguments are keywords; nothing here reads context."""
