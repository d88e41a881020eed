"""How calls to systems we do not own are bounded: time, tries, and (next) the shared breaker."""
