"""The HTTPS API: routes, what they take and give, and one table from errors to answers."""
