"""The rooms of the stack, one concern each. Arguments are keywords; nothing reads context."""
