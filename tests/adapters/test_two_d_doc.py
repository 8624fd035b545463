"""The 2D-Doc of a certificate, read back from the page as drawn and verified by ``tddoc``, which no one here wrote."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tddoc.doc import TwoDDoc
from tddoc.keychain import KeyChain

from bonus.adapters.codes import read_codes
from bonus.adapters.pdf import certificate_pdf
from bonus.adapters.seal import make_demo_key
from bonus.adapters.two_d_doc import CodeFields, CodeSigner, CodeTrust
from bonus.errors import UnsafeConfiguration
from tests.adapters.document_samples import NUMBER, PUBLIC_URL, certificate, page_image, purchase, worked
from tests.support.world import SEAL_PASSPHRASE, code_key, seal_key

SIGNED_AT = datetime(2027, 1, 4, 9, tzinfo=UTC)
FIELDS = CodeFields(NUMBER, "732829320", 2026, 10_667, 6_914)


@pytest.fixture(scope="module")
def signer() -> CodeSigner:
    return CodeSigner.from_pkcs12(code_key(), SEAL_PASSPHRASE)


def chain_of(signer: CodeSigner) -> KeyChain:
    chain = KeyChain(check_expiry=False)
    chain.certs = [signer.certificate, signer.authority]
    return chain


def test_read_back_at_150_dpi_and_verified_by_another_s_tool(signer: CodeSigner, tmp_path: Path) -> None:
    pdf = certificate_pdf(
        certificate([purchase()], working=worked(purchase())),
        public_url=PUBLIC_URL,
        demo=False,
        code=signer.sign(FIELDS, SIGNED_AT),
    )
    last = page_image(pdf, tmp_path, 150, page=2)
    [code] = [text for text in read_codes(last) if text.startswith("DC04")]
    read = signer.trust.read(code)
    assert read is not None
    assert (read.fields, read.issued_on) == (FIELDS, SIGNED_AT.date())
    theirs = TwoDDoc.from_code(code)
    chain = chain_of(signer)
    assert any(KeyChain._cn(one.subject) == theirs.header.ca_id for one in chain.certs), (
        "the authority is known"
    )
    assert theirs.signature_is_valid(chain) is True
    assert (theirs.header.ca_id, theirs.header.cert_id, theirs.header.country_id) == ("FR99", "BS01", "FR")
    said = {data.definition.id: data.value for data in theirs.message.dataset}
    assert said == {"E7": "732829320", "4S": "2026", "4I": "10667", "4D": "6914", "01": NUMBER}


def test_what_is_changed_or_signed_by_another_key_is_not_ours(signer: CodeSigner, tmp_path: Path) -> None:
    code = signer.sign(FIELDS, SIGNED_AT)
    assert signer.trust.read(code) is not None
    for place in range(len(code)):
        other = "A" if code[place] != "A" else "B"
        assert signer.trust.read(code[:place] + other + code[place + 1 :]) is None, place
    for wrong in ("", "DC04", "DC03" + code[4:], code[:-5], code.partition("\x1f")[0], "DC04é"):
        assert signer.trust.read(wrong) is None
    path = tmp_path / "other.p12"
    since = SIGNED_AT.replace(year=2026)
    make_demo_key(path, "another", valid_from=since, name="BS01", authority="FR99")
    stranger = CodeSigner.from_pkcs12(path, "another")
    assert signer.trust.read(stranger.sign(FIELDS, SIGNED_AT)) is None, "the same names, another key"
    assert TwoDDoc.from_code(stranger.sign(FIELDS, SIGNED_AT)).signature_is_valid(chain_of(signer)) is False
    former = CodeTrust([(one.certificate, one.authority) for one in (stranger,)])
    assert former.read(stranger.sign(FIELDS, SIGNED_AT)) is not None
    with pytest.raises(ValueError, match="authority"):
        CodeTrust([(stranger.certificate, signer.authority)])


def test_a_zero_amount_and_a_leading_zero(signer: CodeSigner) -> None:
    fields = dataclasses.replace(FIELDS, siren="005520135", incentive_euros=0, bonus_euros=0)
    read = signer.trust.read(signer.sign(fields, SIGNED_AT))
    assert read is not None
    assert read.fields == fields


def test_a_key_that_cannot_sign_codes(tmp_path: Path) -> None:
    with pytest.raises(UnsafeConfiguration, match="four characters"):
        CodeSigner.from_pkcs12(seal_key(), SEAL_PASSPHRASE)
    with pytest.raises(UnsafeConfiguration, match="cannot be read"):
        CodeSigner.from_pkcs12(tmp_path / "none.p12", "x")
    with pytest.raises(UnsafeConfiguration, match="cannot be read"):
        CodeSigner.from_pkcs12(code_key(), "wrong")
