"""Imported once by the server that all processes are forked from: what each needs is read here."""

from tests.proofs.processes_ours import dynamodb

# A client reads and parses botocore's models; no request is sent.
dynamodb("http://127.0.0.1:9")
