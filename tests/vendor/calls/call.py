"""The vendor's call in Python, with the standard library as in its documentation."""

import http.client
import os
import ssl
import sys
from urllib.parse import urlsplit

url = urlsplit(os.environ["API_URL"])
if url.scheme == "https":
    connection: http.client.HTTPConnection = http.client.HTTPSConnection(
        url.netloc, context=ssl.create_default_context()
    )
else:
    connection = http.client.HTTPConnection(url.netloc)
headers = {
    "content-type": "application/json",
    "authorization": f"Bearer {os.environ['TOKEN']}",
    "cache-control": "no-cache",
}
connection.request("PATCH", url.path, os.environ["PAYLOAD"], headers)
answer = connection.getresponse()
sys.stdout.write(f"{answer.status}\n")
sys.stdout.write(answer.read().decode())
