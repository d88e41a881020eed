"""Local stand-ins for the vendors: real HTTP, real state, and faults on demand.

`server.serve()` runs them all on one loopback port. Whatever every vendor needs lives in this
folder's modules: misbehaving on demand (`faults`, `misbehaviour`), counting effects and recording
requests (`ledger`), the control routes (`control`), what a vendor is built from (`vendor`, `state`,
`validation`) and the logins that several share (`oauth`, `entra`). Each vendor is a package of its
own, listed in `app.VENDORS`, and says there what is its contract alone.
"""
