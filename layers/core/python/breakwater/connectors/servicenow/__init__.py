"""ServiceNow: change requests are pulled, and document our changes."""
