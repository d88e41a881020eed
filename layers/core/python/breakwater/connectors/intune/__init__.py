"""Microsoft Intune, by Microsoft Graph v1.0."""
