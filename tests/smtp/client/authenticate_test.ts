import assert from "node:assert/strict";
import { RelayError } from "../../../lib/errors.ts";
import type { ClientAuth } from "../../../lib/smtp/client/authenticate.ts";
import { startTlsFaultServer } from "../../support/tls_fault_server.ts";
import {
  certificate,
  optionsFor,
  password,
  refused,
  required,
  send,
} from "../../support/client_tls_stage.ts";

Deno.test("openClient() shows credentials in clear to a server on this machine only", async () => {
  await using server = startTlsFaultServer({ inClear: ["AUTH PLAIN LOGIN"] });
  const auth: ClientAuth = { ...password, mechanism: "PLAIN" };
  await assert.rejects(
    send(optionsFor(server.port, { auth })),
    refused("auth-unavailable", /never sent without/),
  );
  assert.doesNotMatch(server.seen.clear, /AUTH/);
  assert.equal(await send(optionsFor(server.port, { auth, trustLoopback: true })), "delivered");
  assert.match(server.seen.clear, /AUTH PLAIN/);
});

Deno.test("openClient() prefers CRAM-MD5 in clear, and PLAIN under TLS", async () => {
  const offers = ["STARTTLS", "AUTH LOGIN PLAIN CRAM-MD5"];
  const react = (line: string) => line.startsWith("AUTH CRAM") ? "334 PDFAYj4=" : undefined;
  await using server = startTlsFaultServer({ certificate, inClear: offers, react });
  const clear = optionsFor(server.port, { auth: password, trustLoopback: true });
  assert.equal(
    await send({ ...clear, auth: password }).catch((error) => error.code),
    "reply-invalid",
  );
  assert.match(server.seen.clear, /AUTH CRAM-MD5\r\n/);
  assert.equal(await send({ ...clear, tls: required }), "delivered");
  assert.match(server.seen.lines.join("\n"), /^AUTH PLAIN /m);
});

Deno.test("openClient() asks once for a fresh access token when the server refuses the one it has", async () => {
  let refusals = 1;
  const react = (line: string) => {
    if (line === "") return "535 5.7.8 Expired";
    return line.startsWith("AUTH") && refusals-- > 0
      ? `334 ${btoa('{"status":"401"}')}`
      : undefined;
  };
  await using server = startTlsFaultServer({ certificate, underTls: ["AUTH XOAUTH2"], react });
  const asked: boolean[] = [];
  const auth: ClientAuth = {
    kind: "oauth",
    user: "relay",
    token: ({ fresh }) => {
      asked.push(fresh);
      return Promise.resolve(fresh ? "new-token" : "old-token");
    },
  };
  const options = optionsFor(server.port, { tls: required, auth });
  assert.equal(await send(options), "delivered");
  assert.deepEqual(asked, [false, true]);
  const said = server.seen.lines.filter((line) => line.startsWith("AUTH"))
    .map((line) => atob(line.split(" ")[2] ?? ""));
  assert.deepEqual(said, [
    "user=relay\x01auth=Bearer old-token\x01\x01",
    "user=relay\x01auth=Bearer new-token\x01\x01",
  ]);
  refusals = Infinity;
  await assert.rejects(
    send(options),
    refused("auth-refused", /AUTH XOAUTH2 answered with 535 5\.7\.8 Expired/),
  );
  assert.deepEqual(asked, [false, true, false, true]);
});

Deno.test("openClient() does not say a refused access token twice when there is no other", async () => {
  const react = (line: string) => line.startsWith("AUTH") ? "535 5.7.8 No" : undefined;
  await using server = startTlsFaultServer({ certificate, underTls: ["AUTH XOAUTH2"], react });
  const token = () => Promise.resolve("the-only-one");
  const auth: ClientAuth = { kind: "oauth", user: "relay", token };
  await assert.rejects(
    send(optionsFor(server.port, { tls: required, auth })),
    refused("auth-refused", /AUTH XOAUTH2 answered with 535 5\.7\.8 No/),
  );
  assert.equal(server.seen.lines.filter((line) => line.startsWith("AUTH")).length, 1);
});

Deno.test("openClient() sends a long access token on a line of its own (RFC 4954 §4)", async () => {
  const react = (line: string) =>
    line === "AUTH OAUTHBEARER" ? "334 " : line.length > 2_000 ? "235 Ok" : undefined;
  await using server = startTlsFaultServer({ certificate, react });
  const auth: ClientAuth = {
    kind: "oauth",
    user: "u",
    token: () => Promise.resolve("t".repeat(2_000)),
  };
  assert.equal(await send(optionsFor(server.port, { tls: required, auth })), "delivered");
  assert.ok(server.seen.lines.includes("AUTH OAUTHBEARER"));
});

Deno.test("openClient() passes on why there is no access token", async () => {
  await using server = startTlsFaultServer({ certificate });
  const auth: ClientAuth = {
    kind: "oauth",
    user: "u",
    token: () => Promise.reject(new RelayError("token-failed", "invalid_grant")),
  };
  await assert.rejects(
    send(optionsFor(server.port, { tls: required, auth })),
    refused("token-failed", /invalid_grant/),
  );
});

Deno.test("openClient() says LOGIN step by step", async () => {
  const answers: Record<string, string> = {
    "AUTH LOGIN": "334 VXNlcm5hbWU6",
    [btoa("relay")]: "334 UGFzc3dvcmQ6",
    [btoa("s3cret")]: "235 Ok",
  };
  await using server = startTlsFaultServer({
    certificate,
    underTls: ["AUTH=LOGIN"],
    react: (line) => answers[line],
  });
  assert.equal(await send(optionsFor(server.port, { tls: required, auth: password })), "delivered");
});

for (const word of ["login", "starttls", "auth", "s"]) {
  Deno.test(`openClient() understands what a server offers when the password is "${word}"`, async () => {
    const auth: ClientAuth = { ...password, password: word };
    const underTls = ["AUTH LOGIN"];
    const answers: Record<string, string> = {
      "AUTH LOGIN": "334 VXNlcm5hbWU6",
      [btoa("relay")]: "334 UGFzc3dvcmQ6",
      [btoa(word)]: "235 Ok",
    };
    const react = (line: string) => answers[line];
    await using server = startTlsFaultServer({ certificate, underTls, react });
    assert.equal(await send(optionsFor(server.port, { tls: required, auth })), "delivered");
  });
}

Deno.test("openClient() hides a password that a server calls a mechanism", async () => {
  await using server = startTlsFaultServer({ certificate, underTls: ["AUTH S3CRET"] });
  await assert.rejects(
    send(optionsFor(server.port, { tls: required, auth: password })),
    refused("auth-unavailable", /offers only \[hidden\]$/),
  );
});

Deno.test("openClient() answers a challenge in which the password happens to stand", async () => {
  const auth: ClientAuth = { ...password, password: "PDFAYj4", mechanism: "CRAM-MD5" };
  const react = (line: string) => {
    if (line === "AUTH CRAM-MD5") return "334 PDFAYj4=";
    return /^[A-Za-z0-9+/]{40,}=*$/.test(line) ? "235 Ok" : undefined;
  };
  await using server = startTlsFaultServer({ certificate, react });
  assert.equal(await send(optionsFor(server.port, { tls: required, auth })), "delivered");
});
