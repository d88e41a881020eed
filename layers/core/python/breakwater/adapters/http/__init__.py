"""HTTP to vendors. Nothing else in the product imports httpx."""

from breakwater.adapters.http.client import RetryableHTTPClient

__all__ = ["RetryableHTTPClient"]
