"""Settings of a connector by either login, and a secret that serves both."""

BASE = {"provider_url": "https://cm01.test/", "ca_bundle": "PEM"}
ENTRA = {**BASE, "login": "entra", "login_url": "https://login.test/", "tenant": "t", "scope": "s"}
NTLM = {**BASE, "login": "ntlm"}
SECRET = {"client_id": "c", "client_secret": "hush", "user": "D\\u", "password": "hush-hush"}
