# SPDX-License-Identifier: Apache-2.0
"""strangers.py -- TLS peers by other hands (Python's ssl): keys nobody enrolled, and a station's own key used without its daemon.

A Stranger is one key and its certificate; `dial` is a TLS connection with it, of which the test does what a daemon never would.
"""
import socket
import ssl
import struct
import subprocess
import time

PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")  # RFC 8410: the seed follows
SYNC, ENROL = "bangfu-sync/1", "bangfu-enrol/1"


class Stranger:
    def __init__(self, directory, name="stranger", seed=None):
        self.key, self.cert = directory / f"{name}.key.pem", directory / f"{name}.crt.pem"
        if seed is None:
            self.openssl("genpkey", "-algorithm", "ed25519", "-out", self.key)
        else:
            der = directory / f"{name}.der"
            der.write_bytes(PKCS8_ED25519 + seed)
            self.openssl("pkey", "-inform", "DER", "-in", der, "-out", self.key)
        self.openssl("req", "-x509", "-new", "-key", self.key, "-subj", "/CN=x", "-days", "30", "-out", self.cert)

    @staticmethod
    def openssl(*argv):
        done = subprocess.run(["openssl", *map(str, argv)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def context(self, alpn):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        c.minimum_version = ssl.TLSVersion.TLSv1_3
        c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
        c.set_alpn_protocols([alpn])
        c.load_cert_chain(self.cert, self.key)
        return c

    def dial(self, port, alpn=ENROL, timeout=30):
        """A connection whose handshake is done on our side; the hub may still refuse the key."""
        raw = socket.create_connection(("127.0.0.1", port), timeout)
        try:
            return self.context(alpn).wrap_socket(raw)
        except BaseException:
            raw.close()
            raise


def silent(port, count):
    """Connections that never say a byte, not even of TLS."""
    return [socket.create_connection(("127.0.0.1", port), 30) for _ in range(count)]


def partial_frame(size):
    """All of a frame but its last byte."""
    return struct.pack(">I", size) + b"\0" * (size - 1)


def rest_of(s, seconds):
    """What the hub says until it closes: (bytes, seconds it took). None instead of bytes: it did not close in time."""
    began, got = time.monotonic(), b""
    s.settimeout(seconds)
    try:
        while data := s.recv(65536):
            got += data
    except (TimeoutError, socket.timeout):
        return None, time.monotonic() - began
    except OSError:
        pass
    return got, time.monotonic() - began


def closed(s):
    """Has the hub closed this connection?"""
    s.settimeout(0.05)
    try:
        while s.recv(65536):
            pass
        return True
    except (TimeoutError, socket.timeout, ssl.SSLWantReadError):
        return False
    except OSError:
        return True


def close_all(connections):
    for s in connections:
        s.close()
