"""
TLS 1.3 in which each side's certificate is its Ed25519 identity.

There is no authority: a certificate says nothing but a public key, and TLS proves
that the other side holds the private one. Whether that key is welcome is decided
after the handshake, in ``links``.
"""

from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
    IProtocol,
    IReactorTime,
    ITCPTransport,
    IWriteDescriptor,
)
from twisted.internet.protocol import Factory
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer

from gossipchat.names import AuthorKey
from gossipchat.transport.connections import tune
from gossipchat.transport.links.watch import CLEAR, Path, path_of

EXPORTER_LABEL = b"EXPERIMENTAL gossipchat link"
EXPORTER_BYTES = 32
PIECE_BYTES = 2048


def certificate(key: Ed25519PrivateKey) -> x509.Certificate:
    """
    The self-signed certificate of *key*: for one key always the same bytes.

    Valid from 1970 to 9999, for machines' clocks are wrong, and because what it
    says (this is my key) does not age.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gossipchat")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(1970, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
        .sign(key, None)
    )


def make_context(key: Ed25519PrivateKey) -> SSL.Context:
    """TLS 1.3 only, our certificate shown, one Ed25519 certificate required."""
    context: Any = SSL.Context(SSL.TLS_METHOD)  # its stubs are older than it
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.use_certificate(certificate(key))
    context.use_privatekey(key)
    # A resumed session would skip the certificates, so there are none to resume.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET)
    context.set_verify(
        SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _is_an_identity
    )
    made: SSL.Context = context
    return made


def _is_an_identity(
    connection: SSL.Connection, shown: crypto.X509, problem: int, depth: int, ok: int
) -> bool:
    """
    Whether *shown* is the only certificate and its key an Ed25519 key. That nobody
    we know has signed it, and its dates, are no problem here.
    """
    return depth == 0 and raw_key(shown) is not None


def raw_key(shown: crypto.X509 | None) -> AuthorKey | None:
    """The 32 bytes of a certificate's Ed25519 key; None if it has another kind."""
    if shown is None:
        return None
    try:
        public = shown.get_pubkey().to_cryptography_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, crypto.Error):
        return None
    if not isinstance(public, Ed25519PublicKey):
        return None
    return AuthorKey(public.public_bytes_raw())


def exporter(connection: SSL.Connection) -> bytes:
    """32 bytes that only the two ends of this one connection know (RFC 8446, 7.5)."""
    return bytes(connection.export_keying_material(EXPORTER_LABEL, EXPORTER_BYTES))


class LinkTLS(TLSMemoryBIOProtocol):
    """
    TLS under one link: counts what comes before the proof, and writes at once
    (Twisted's own buffers small writes for a turn, which hides a full transport;
    links join their frames themselves).
    """

    factory: "LinkTLSFactory"
    unproven = True
    """The link sets it to False; until then ``max_bytes`` counts."""
    _received = 0

    def makeConnection(self, transport: Any) -> None:  # noqa: N802
        if ITCPTransport.providedBy(transport):
            tune(transport, self.factory.dead_peer_timeout)
        super().makeConnection(transport)  # type: ignore[no-untyped-call]

    def path(self) -> Path:
        """How it is with what was written."""
        return CLEAR if self.transport is None else path_of(self.transport)

    def write(self, data: bytes) -> None:
        """
        Encrypt *data* and hand it to the kernel, as far as that takes it. Twisted would
        do so in its next turn, and until then other threads and links come first.
        An error shows again in that turn, and ends the connection there.
        """
        super().write(data)  # type: ignore[no-untyped-call]
        tcp: Any = self.transport
        is_socket: bool = IWriteDescriptor.providedBy(self.transport)
        if is_socket and tcp.connected and not tcp.disconnecting:
            tcp.doWrite()

    def dataReceived(self, data: bytes) -> None:
        # In pieces, for what follows the proof in one read does not count.
        while self.unproven and data:
            piece, data = data[:PIECE_BYTES], data[PIECE_BYTES:]
            super().dataReceived(piece)  # type: ignore[no-untyped-call]
            self._received += len(piece)
            if self.unproven and self._received > self.factory.max_bytes:
                self.abortConnection()  # type: ignore[no-untyped-call]
                return
        if data:
            super().dataReceived(data)  # type: ignore[no-untyped-call]


class LinkTLSFactory(TLSMemoryBIOFactory):
    """Puts :class:`LinkTLS` around the protocols of one side, dialler or dialled."""

    protocol = LinkTLS

    def __init__(
        self,
        context: SSL.Context,
        dials: bool,
        clock: IReactorTime,
        max_bytes: int,
        dead_peer_timeout: float,
    ) -> None:
        self.max_bytes = max_bytes
        self.dead_peer_timeout = dead_peer_timeout
        super().__init__(Connector(context), dials, Factory(), clock)

    def around(self, link: IProtocol) -> LinkTLS:
        """*link* on TLS, ready for ``makeConnection``."""
        return LinkTLS(self, link)  # type: ignore[no-untyped-call]


@implementer(IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator)
class Connector:
    """Makes the TLS state of one connection; the context is shared by all."""

    def __init__(self, context: SSL.Context) -> None:
        self._context = context

    def clientConnectionForTLS(self, tls: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802
        return SSL.Connection(self._context, None)

    def serverConnectionForTLS(self, tls: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802
        return SSL.Connection(self._context, None)
