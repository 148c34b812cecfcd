"""
A node's api.sock from outside, without Twisted: programs start at once with it.

    with connect(data_dir) as client:
        said = client.ask("say", room="lobby", text="hello")
        for line in client.stream("tail", follow=True):
            ...
"""

from gossipchat.faces.socket.client.connection import Client as Client
from gossipchat.faces.socket.client.connection import connect as connect
from gossipchat.faces.socket.client.connection import default_data as default_data
