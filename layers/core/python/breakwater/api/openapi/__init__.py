"""The API's description, as OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1)."""
