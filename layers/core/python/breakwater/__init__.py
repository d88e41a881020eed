"""Breakwater: long-running endpoint-management operations, accepted at once and run durably.

The rooms, and the one direction in which they may import (import-linter holds it):

    domain <- resilience <- ports <- services <- adapters | connectors | api <- bootstrap
"""
