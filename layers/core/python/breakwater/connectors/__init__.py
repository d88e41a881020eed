"""One folder for each vendor: `payload.py` says what may be asked, `connector.py` how it is done.

A connector holds the vendor's knowledge and nothing else: time, tries, effects and leases come from
the run it is handed (ports.Run), logging in from `session.py`.
"""
