import assert from "node:assert/strict";
import { beginOldTls, isOld } from "../../../lib/smtp/client/old_tls_stream.ts";
import { HandshakeFailed } from "../../../lib/smtp/client/tls_reason.ts";
import { makeAuthority } from "../../support/certificates.ts";

for (
  const [version, old] of [["2.6.8", true], ["2.8.9", true], ["2.9.0", false], ["3.0.1", false], [
    "1.46.0",
    true,
  ]] as const
) {
  Deno.test(`isOld() is ${old} for ${version}`, () => assert.equal(isOld(version), old));
}

const authority = await makeAuthority();
const server = await authority.issue();
const wishes = { verify: true, serverName: "127.0.0.1", authorities: [authority.certificate] };

const rows = [
  { name: "takes a good certificate", more: {}, failure: null },
  {
    name: "refuses a certificate for other names",
    more: { serverName: "mx.test" },
    failure: /not valid for name/,
  },
  { name: "refuses an unknown authority", more: { authorities: [] }, failure: /UnknownIssuer/ },
  { name: "does not do without verification", more: { verify: false }, failure: /needs Deno 2\.9/ },
  { name: "shows no certificate", more: { certificate: server }, failure: /needs Deno 2\.9/ },
];

for (const { name, more, failure } of rows) {
  Deno.test(`beginOldTls() ${name}`, async () => {
    const { certificate: cert, key } = server;
    using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
    const accepting = listener.accept();
    const { port } = listener.addr as Deno.NetAddr;
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const beginning = beginOldTls(conn, { ...wishes, ...more });
    using peer = await accepting;
    const shaking = peer.handshake().catch(() => {}); // What the client makes of it is what counts.
    const stream = await beginning.catch((error) => error);
    await shaking;
    if (failure === null) return stream.close();
    assert.ok(stream instanceof HandshakeFailed);
    assert.match(String(stream.cause), failure);
  });
}
