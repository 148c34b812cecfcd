"""
Fakes for those who write faces, and programs that talk to a node. Public.

    node = FakeNode()
    face = MyFace(node)
    node.hear("#lobby", "bob", "hello")   # somebody else says something
    node.change(FakeNode.member("bob", Status.DEAD))
"""

from gossipchat.testing.node import FakeNode as FakeNode
