import assert from "node:assert/strict";
import { HandshakeFailed, handshakeReason } from "../../../lib/smtp/client/tls_reason.ts";

const issued = {
  names: "DNS:mx.test",
  issuer: "Example CA",
  selfSigned: false,
  validFrom: 0,
  validTo: Infinity,
};
const byItself = { ...issued, issuer: "mx.test", selfSigned: true };
const issuedReason = "was issued by Example CA, an unknown authority;";

const rows = [
  { code: "SELF_SIGNED_CERT_IN_CHAIN", certificate: issued, says: issuedReason },
  { code: "SELF_SIGNED_CERT_IN_CHAIN", says: "was issued by an unknown authority;" },
  { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE", certificate: issued, says: issuedReason },
  { code: "DEPTH_ZERO_SELF_SIGNED_CERT", certificate: byItself, says: "is self-signed;" },
  { code: "DEPTH_ZERO_SELF_SIGNED_CERT", says: "is self-signed;" },
] as const;

for (const { code, says, ...shown } of rows) {
  const certificate = "certificate" in shown ? shown.certificate : undefined;
  const seen = certificate ? "that was shown" : "that nobody saw";
  Deno.test(`handshakeReason() of ${code} for a certificate ${seen}: ${says}`, () => {
    const cause = Object.assign(new Error("certificate"), { code });
    const reason = handshakeReason(new HandshakeFailed(cause, certificate, 0x16), {
      serverName: "mx.test",
      implicit: false,
      now: 1,
    });
    assert.ok(
      reason.startsWith(
        `the server's certificate ${says} trusted are the built-in authorities (tls-ca-file)`,
      ),
      reason,
    );
  });
}
