"""Jamf Pro, by the Jamf Pro API."""

SERVICE = "jamf"
