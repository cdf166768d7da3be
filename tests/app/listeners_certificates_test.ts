/** Certificates of listeners that serve by another configuration: which are used, which are closed. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { startLog, stopLog } from "../../lib/log.ts";
import { makeAuthority, writeCertificate } from "../support/certificates.ts";
import { connectRaw } from "../support/raw_client.ts";
import { configurationOf, offers, onStage, TLS } from "../support/renewed_listeners.ts";
import { connectWithTls } from "../support/tls_client.ts";
import { until } from "../support/wait.ts";

Deno.test("a session that began before may still begin TLS with the certificate of then", () =>
  onStage(TLS, async ({ folder, port, renew }) => {
    using before = await connectRaw(port);
    assert.match(await offers(before), /STARTTLS/);
    const other = await makeAuthority("Other");
    await Deno.mkdir(join(folder, "other"));
    await writeCertificate(join(folder, "other"), await other.issue());
    await renew(", tls: {certificate: other/server.pem, key: other/server.key}");
    assert.match(await before.say("STARTTLS") ?? "", /^220 /);
    (await connectWithTls({ port, ca: other.certificate, begin: "starttls" })).close();
    const ca = await Deno.readTextFile(join(folder, "ca.pem"));
    await assert.rejects(connectWithTls({ port, ca, begin: "starttls" }));
    await renew(TLS);
    (await connectWithTls({ port, ca, begin: "starttls" })).close();
  }));

/** Counts the sockets that certificates listen on inside. */
function countInside(): Disposable & { readonly open: number } {
  const { listenTls } = Deno;
  let open = 0;
  Deno.listenTls = (options) => {
    const listener = listenTls(options);
    open++;
    const close = listener.close.bind(listener);
    listener.close = () => {
      open--;
      close();
    };
    return listener;
  };
  return {
    get open() {
      return open;
    },
    [Symbol.dispose]: () => void (Deno.listenTls = listenTls),
  };
}

/** Makes a certificate in a folder of its own; the setting that names it. */
async function writeDated(folder: string, date: string): Promise<string> {
  await Deno.mkdir(join(folder, date));
  await writeCertificate(join(folder, date), await (await makeAuthority()).issue());
  return `, tls: {certificate: ${date}/server.pem, key: ${date}/server.key}`;
}

Deno.test("certificates that were replaced are closed with the last session from before", async () => {
  using inside = countInside();
  await onStage(TLS, async ({ folder, port, renew }) => {
    const only = () =>
      until(() => inside.open === 1, { what: "the certificate before to be closed" });
    for (const date of ["2026-01", "2026-02", "2026-03"]) {
      await renew(await writeDated(folder, date));
      await only();
    }
    const dated = await writeDated(folder, "2026-04");
    {
      using before = await connectRaw(port);
      assert.match(await offers(before), /STARTTLS/);
      await renew(dated);
      // For what comes after it the same certificate is leased again.
      await renew(dated, "limits: {recipients: 200}\n");
      assert.equal(inside.open, 2);
      assert.match(await before.say("STARTTLS") ?? "", /^220 /);
    }
    await only();
    await renew("");
    await until(() => inside.open === 0, { what: "the last certificate to be closed" });
  });
  assert.equal(inside.open, 0);
});

Deno.test("a certificate that was prepared for nothing is closed at the next turn", async () => {
  using inside = countInside();
  await onStage(TLS, async ({ folder, listeners, renew }) => {
    await listeners.prepare(await configurationOf(folder, await writeDated(folder, "2026-01")));
    assert.equal(inside.open, 2);
    await renew(TLS, "limits: {recipients: 200}\n");
    await until(() => inside.open === 1, { what: "the other one to be closed" });
  });
});

Deno.test("a certificate that cannot be used lets go of those before it", async () => {
  using inside = countInside();
  const two = (tls: string) => `${tls}}, {listen: "127.0.0.1:0"${tls}`;
  await onStage(two(TLS), async ({ folder, listeners }) => {
    const next = await configurationOf(folder, two(await writeDated(folder, "2026-01")));
    const [first, second] = next.listeners;
    assert.ok(first && second?.tls);
    const certificate = { certificateFile: join(folder, "none.pem"), keyFile: "none" };
    const bad = { ...second, tls: { ...second.tls, certificate } };
    await assert.rejects(listeners.prepare({ ...next, listeners: [first, bad] }), {
      code: "config-invalid",
    });
    await until(() => inside.open === 1, { what: "the first one to be closed" });
  });
});

Deno.test("reload() reads the certificates in use, and not those left behind", () =>
  onStage(TLS, async ({ folder, listeners, port, renew }) => {
    const dated = await writeDated(folder, "2026-01");
    using before = await connectRaw(port);
    await offers(before);
    await renew(dated);
    const next = await makeAuthority("Next");
    for (const place of [folder, join(folder, "2026-01")]) {
      await writeCertificate(place, await next.issue());
    }
    const lines: string[] = [];
    startLog("INFO", (line) => lines.push(line));
    await listeners.reload();
    stopLog();
    const replaced = lines.filter((line) => line.includes(" certificate replaced "));
    assert.equal(replaced.length, 1);
    assert.match(replaced[0] ?? "", /2026-01/);
  }));

Deno.test("a certificate that cannot be used leaves everything as it is", () =>
  onStage("", async ({ folder, listeners, port }) => {
    const next = await configurationOf(folder, TLS, "limits: {recipients: 200}");
    await Deno.writeTextFile(join(folder, "server.key"), "no key any more");
    await assert.rejects(listeners.prepare(next), { code: "config-invalid" });
    using client = await connectRaw(port);
    assert.doesNotMatch(await offers(client), /STARTTLS|RCPTMAX=200/);
  }));
