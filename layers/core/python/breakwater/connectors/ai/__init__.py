"""The AI provider: which one it is, and where, are this deployment's settings."""
