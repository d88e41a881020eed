"""Local stand-ins for the vendors: real HTTP, real state, and faults on demand.

`server.serve()` runs them all on one loopback port. Whatever every vendor needs (misbehaving on
demand, counting effects, recording requests, the control routes) lives in this folder's modules;
each vendor is one module or package of its own, listed in `app.VENDORS`.
"""
