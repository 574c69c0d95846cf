"""Certificates for rings, made by a library that doorward does not use."""

import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def _name(words):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _builder(subject, issuer, key, days=1):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + days * DAY)


def _pem_of(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path, content):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    return path


class Authority:
    """Issues certificates for servers into a folder; `file` is its own one, for those who are to trust it."""

    def __init__(self, folder, file, name, key):
        self.folder, self.file, self._name, self._key = folder, file, name, key

    @classmethod
    def made(cls, folder):
        """A new one."""
        name, key = _name("Ring authority"), ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = _builder(name, name, key).add_extension(x509.BasicConstraints(True, 0), critical=True)
        made = builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
        file = _write(os.path.join(folder, "authority.pem"), made.public_bytes(serialization.Encoding.PEM))
        return cls(folder, file, name, key)

    @classmethod
    def of(cls, demo, folder):
        """The demo's own, which doorward trusts already."""
        file = demo.ready["ca_file"]
        with open(file, "rb") as certificate, open(os.path.join(os.path.dirname(file), "ca.key"), "rb") as key:
            name = x509.load_pem_x509_certificate(certificate.read()).subject
            return cls(folder, file, name, serialization.load_pem_private_key(key.read(), None))

    def server(self, host):
        """A certificate for a host name; answers the paths of certificate and key."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(host), self._name, key)
        made = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False).sign(self._key, hashes.SHA256())
        path = os.path.join(self.folder, host)
        certificate = _write(f"{path}.pem", made.public_bytes(serialization.Encoding.PEM))
        return certificate, _write(f"{path}.key.pem", _pem_of(key))


class Credential:
    """A certificate as people upload it to an app registration: self-signed, RSA, with its private key at the client."""

    def __init__(self, name, days=1):
        key = rsa.generate_private_key(65537, 2048)
        made = _builder(_name(name), _name(name), key, days).sign(key, hashes.SHA256())
        self.private_key = _pem_of(key).decode()
        self.certificate = made.public_bytes(serialization.Encoding.PEM).decode()
        self.der = made.public_bytes(serialization.Encoding.DER)
        self.thumbprint_sha256 = made.fingerprint(hashes.SHA256()).hex()

    def told(self):
        """What a client needs of it, for a script in another language."""
        return {"private_key": self.private_key, "certificate": self.certificate, "thumbprint_sha256": self.thumbprint_sha256}
