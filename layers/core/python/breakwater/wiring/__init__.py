"""The parts of object graphs that several Lambdas share, or that fill a room of their own.

Like bootstrap's, their imports are inside the builders.
"""
