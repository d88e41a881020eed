"""Jira Cloud, by its REST API v3: issues are pulled, and changes documented."""
