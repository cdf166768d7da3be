import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { createPrivateKey } from "node:crypto";
import { openTlsServer } from "../../../lib/smtp/tls/open_tls_server.ts";
import { type Certificate, makeAuthority, writeCertificate } from "../../support/certificates.ts";

const DAY_MS = 86_400_000;
const authority = await makeAuthority();
const good = await authority.issue();

const rsa = await rsaCertificate();
const ecKey = createPrivateKey(good.key);
const sec1 = String(ecKey.export({ type: "sec1", format: "pem" }));

const forms = [
  { form: "RSA, PKCS #8", pair: rsa },
  {
    form: "RSA, PKCS #1",
    pair: {
      ...rsa,
      key: String(createPrivateKey(rsa.key).export({ type: "pkcs1", format: "pem" })),
    },
  },
  { form: "ECDSA, PKCS #8", pair: good },
  { form: "ECDSA, SEC 1", pair: { ...good, key: sec1 } },
  {
    form: "ECDSA with its parameters before it",
    pair: {
      ...good,
      key: `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1}`,
    },
  },
  {
    form: "key and chain in one file with notes between them",
    pair: {
      certificate: `Subject: x\n${good.key}\n${good.certificate}\nIssuer\n${authority.certificate}`,
      key: `${good.certificate}\nnotes\n${good.key}`,
    },
  },
  { form: "with CR LF", pair: { ...good, key: good.key.replaceAll("\n", "\r\n") } },
];

for (const { form, pair } of forms) {
  Deno.test(`openTlsServer() takes a key: ${form}`, async () => {
    const folder = await Deno.makeTempDir();
    const certificate = await writeCertificate(folder, pair);
    const server = await openTlsServer({ certificate, folder, hostname: "relay.test" });
    await server.close();
    await Deno.remove(folder, { recursive: true });
  });
}

async function rsaCertificate(): Promise<Certificate> {
  const signingAlgorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: "SHA-256",
  };
  const keys = await crypto.subtle.generateKey(signingAlgorithm, true, ["sign", "verify"]);
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=rsa",
    notAfter: new Date(Date.now() + 30 * DAY_MS),
    signingAlgorithm,
    keys,
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: own.toString("pem"),
    key: x509.PemConverter.encode(key, "PRIVATE KEY"),
  };
}
