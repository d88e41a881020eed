"""What object graphs are made of: a module for each room of functions, and what several share.

Like bootstrap's, their imports are inside the builders.
"""
