"""The Management API of an Auth0 tenant: endpoints, requests, token, rate limit and errors; it knows no plans."""
