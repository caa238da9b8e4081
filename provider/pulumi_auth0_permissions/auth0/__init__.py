"""The Management API of an Auth0 tenant: what it holds, how it is asked, what can go wrong; knows no plans."""
