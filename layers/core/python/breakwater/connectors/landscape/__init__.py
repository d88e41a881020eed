"""Canonical Landscape, by its REST API v2 and, for packages, its legacy API."""

SERVICE = "landscape"
