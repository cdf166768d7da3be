/** Certificates under check: whose key, and for how long. @module */

import assert from "node:assert/strict";
import { examineCertificates } from "../../lib/cli/certificate_check.ts";
import type { CertificateFiles, Configuration } from "../../lib/config/types.ts";
import {
  type Certificate,
  makeAuthority,
  selfSigned,
  writeCertificate,
} from "../support/certificates.ts";
import { BASE, parseHere } from "../support/configuration.ts";

const DAY_MS = 86_400_000;
const [plain] = parseHere(BASE).listeners;
const [mailServer] = parseHere(BASE).smarthosts;
/** Made, looked at and told of at the same moment: midnight must not come in between. */
const NOW = Date.now();
const day = (days: number) => new Date(NOW + days * DAY_MS).toISOString().slice(0, 10);

/** A configuration whose listener has one certificate, and whose mail server sees another. */
function configured(
  listener?: CertificateFiles,
  tls: Configuration["smarthosts"][0]["tls"] = { mode: "none" },
): Pick<Configuration, "listeners" | "smarthosts"> {
  assert.ok(plain);
  const own = listener
    ? { tls: { mode: "starttls" as const, required: false, certificate: listener } }
    : {};
  return { listeners: [{ ...plain, ...own }], smarthosts: [{ ...mailServer, tls }] };
}

/** What is found out about certificates, without the folder. */
async function findings(
  use: (folder: string) => Promise<ReturnType<typeof configured>>,
): Promise<readonly string[]> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-certificates-" });
  try {
    const found = await examineCertificates(await use(folder), NOW);
    return found.map(({ severe, text }) =>
      `${severe ? "severe" : "warning"} ${text.replaceAll(`${folder}/`, "")}`
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const HERE = "local-smtp localhost:1025: the certificate in server.pem";
const ages: { readonly days: readonly [number, number]; readonly expected: string[] }[] = [
  { days: [-1, 15], expected: [] },
  { days: [-1, 13.5], expected: [`warning ${HERE} expires in 13 d, on ${day(13.5)}: renew it`] },
  { days: [-1, 0.1], expected: [`warning ${HERE} expires in 0 d, on ${day(0.1)}: renew it`] },
  { days: [-9, -1], expected: [`severe ${HERE} has expired on ${day(-1)}: renew it`] },
  {
    days: [2, 90],
    expected: [`severe ${HERE} is valid from ${day(2)} only: is the clock right?`],
  },
];

for (const { days, expected } of ages) {
  Deno.test(`examineCertificates() says ${expected.length || "nothing"} of one valid from day ${days[0]} to ${days[1]}`, async () => {
    const found = await findings(async (folder) =>
      configured(await writeCertificate(folder, await selfSigned({ days, now: NOW })))
    );
    assert.deepEqual(found, expected);
  });
}

const authority = await makeAuthority();
const own = await authority.issue();
const pairs: { readonly name: string; readonly pair: Certificate; readonly found: string[] }[] = [
  {
    name: "takes a certificate before its authority's",
    pair: { ...own, certificate: `${own.certificate}\n${authority.certificate}` },
    found: [],
  },
  {
    name: "refuses a certificate behind its authority's",
    pair: { ...own, certificate: `${authority.certificate}\n${own.certificate}` },
    found: [
      "severe local-smtp localhost:1025: the certificate of the key is number 2 in server.pem: " +
      "it must be the first, those that signed it follow",
    ],
  },
  {
    name: "refuses another's key",
    pair: { ...own, key: (await authority.issue()).key },
    found: [
      "severe local-smtp localhost:1025: the key in server.key does not belong to the " +
      "certificate in server.pem: take the key that it was made for",
    ],
  },
];

for (const { name, pair, found } of pairs) {
  Deno.test(`examineCertificates() ${name}`, async () => {
    const files = (folder: string) => writeCertificate(folder, pair);
    assert.deepEqual(await findings(async (folder) => configured(await files(folder))), found);
  });
}

Deno.test("examineCertificates() looks at what a mail server is shown, and whom we trust", async () => {
  const found = await findings(async (folder) => {
    const certificate = await writeCertificate(
      folder,
      await selfSigned({ days: [-9, -1], now: NOW }),
    );
    const { certificateFile: caFile } = await writeCertificate(
      folder,
      await selfSigned({ days: [-9, -2], now: NOW }),
      "ca",
    );
    return configured(undefined, { mode: "required", certificate, caFile });
  });
  assert.deepEqual(found, [
    `severe remote-smtp localhost:8025: the certificate in server.pem has expired on ` +
    `${day(-1)}: renew it`,
    `severe remote-smtp localhost:8025: the authority in ca.pem has expired on ${
      day(-2)
    }: renew it`,
  ]);
});

Deno.test("examineCertificates() is content with one good authority among several", async () => {
  const old = await selfSigned({ days: [-9, -2], now: NOW });
  const found = await findings(async (folder) => {
    const caFile = `${folder}/ca.pem`;
    await Deno.writeTextFile(caFile, `${old.certificate}\n${authority.certificate}`);
    return configured(undefined, { mode: "required", caFile });
  });
  assert.deepEqual(found, []);
});

Deno.test("examineCertificates() tells of a file that has gone meanwhile", async () => {
  const [text] = await findings((folder) =>
    Promise.resolve(configured({
      certificateFile: `${folder}/gone.pem`,
      keyFile: `${folder}/gone.key`,
    }))
  );
  assert.match(
    text ?? "",
    /^severe local-smtp localhost:1025: gone\.pem and gone\.key: .*No such file/,
  );
});

Deno.test("examineCertificates() tells of a key of a kind that our TLS does not know", async () => {
  const [text, ...more] = await findings(async (folder) => {
    const kind = {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 1024,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: "SHA-256",
    };
    return configured(await writeCertificate(folder, await selfSigned({}, kind)));
  });
  assert.match(text ?? "", /^severe local-smtp localhost:1025: TLS: .*server\.key cannot be used/);
  assert.equal(more.length, 0);
});

Deno.test("examineCertificates() has nothing to look at where we sign ourselves", async () => {
  assert.ok(plain);
  const tls = { mode: "starttls", required: false, certificate: "self-signed" } as const;
  const configuration = { ...configured(), listeners: [{ ...plain, tls }] };
  assert.deepEqual(await examineCertificates(configuration, Date.now()), []);
});
