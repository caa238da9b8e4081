"""State and rules of each kind of object, without HTTP.

Every class here takes the store and whatever else it needs, has typed keyword methods, and raises the errors of
`auth0_local_tenant.api_errors`. They can be used and tested without a server.
"""
