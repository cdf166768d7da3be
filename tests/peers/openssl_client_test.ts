/**
 * `openssl s_client` as a client of our listeners: it verifies our certificate, speaks each version
 * of TLS that we take, and is turned away with the rest.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bodyOf } from "../support/octets.ts";
import { type RelayStage, type StageWishes, startRelayStage } from "../support/relay_stage.ts";
import { startTalk, type ToolTalk } from "../support/tool_talk.ts";
import { until } from "../support/wait.ts";

const MESSAGE = "Subject: x\r\n\r\nthrough openssl\r\n.\r\n";

function connect(stage: RelayStage, args: readonly string[]): ToolTalk {
  const verified = ["-CAfile", stage.caFile, "-verify_return_error", "-verify_hostname"];
  const server = ["-connect", `127.0.0.1:${stage.port}`];
  return startTalk("openssl", ["s_client", "-quiet", ...server, ...verified, "localhost", ...args]);
}

/**
 * Says everything up to the reply to DATA; the greeting of implicit TLS has been read. A line that
 * begins with Q, R, K or k can be a command to openssl itself.
 */
async function leadUp(talk: ToolTalk): Promise<void> {
  const commands = ["EHLO openssl.test", "MAIL FROM:<a@example.net>", "rcpt TO:<b@example.org>"];
  for (const command of commands) assert.match(await talk.say(command) ?? "(closed)", /^250/);
  assert.match(await talk.say("DATA") ?? "(closed)", /^354/);
}

const spoken: readonly {
  readonly name: string;
  readonly tls: NonNullable<StageWishes["tls"]>;
  readonly args: readonly string[];
}[] = [
  { name: "TLS 1.3 after STARTTLS", tls: "required", args: ["-starttls", "smtp", "-tls1_3"] },
  { name: "TLS 1.2 after STARTTLS", tls: "starttls", args: ["-starttls", "smtp", "-tls1_2"] },
  { name: "TLS 1.3 from the first octet", tls: "implicit", args: ["-tls1_3"] },
  { name: "TLS 1.2 from the first octet", tls: "implicit", args: ["-tls1_2"] },
];

for (const { name, tls, args } of spoken) {
  Deno.test(`openssl s_client sends a mail with ${name}`, async () => {
    await using stage = await startRelayStage({ tls });
    await using talk = connect(stage, args);
    if (tls === "implicit") assert.match(await talk.reply() ?? "(closed)", /^220 relay\.test/);
    await leadUp(talk);
    await talk.write(MESSAGE);
    assert.match(await talk.reply() ?? "(closed)", /^250 2\.0\.0 Accepted as /);
    assert.match(await talk.say("QUIT") ?? "(closed)", /^221 /);
    const { code, stderr } = await talk.ended();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /verify return:1/);
    assert.equal(bodyOf(stage.arrived("ESMTPS")), "through openssl\r\n");
  });

  Deno.test(`openssl s_client closes its side after the end of data, with ${name}`, async () => {
    await using stage = await startRelayStage({ tls });
    await using talk = connect(stage, [...args, "-no_ign_eof"]);
    if (tls === "implicit") assert.match(await talk.reply() ?? "(closed)", /^220 relay\.test/);
    await leadUp(talk);
    await talk.write(MESSAGE);
    await talk.finish();
    await talk.ended();
    await until(() => stage.log().includes("session closed"), { what: "the session's end" });
    assert.equal(bodyOf(stage.arrived("ESMTPS")), "through openssl\r\n");
  });

  Deno.test(`openssl s_client goes away in the middle of a message, with ${name}`, async () => {
    await using stage = await startRelayStage({ tls });
    await using talk = connect(stage, [...args, "-no_ign_eof"]);
    if (tls === "implicit") assert.match(await talk.reply() ?? "(closed)", /^220 relay\.test/);
    await leadUp(talk);
    await talk.write("Subject: x\r\n\r\nhalf a mess");
    await talk.finish();
    await talk.ended();
    await until(() => stage.log().includes("session closed"), { what: "the session's end" });
    assert.match(stage.log(), /INFO smtp message abandoned peer=127\.0\.0\.1/);
    stage.nothingArrived();
  });
}

const tooOld = [
  { name: "TLS 1.1", args: ["-tls1_1"], offer: "TLS 1.1 at most" },
  { name: "TLS 1.0", args: ["-tls1"], offer: "TLS 1.0 at most" },
] as const;

for (const { name, args, offer } of tooOld) {
  for (const tls of ["starttls", "implicit"] as const) {
    Deno.test(`openssl s_client is refused ${name}, ${tls}, and the log says why`, async () => {
      await using stage = await startRelayStage({ tls });
      const start = tls === "starttls" ? ["-starttls", "smtp"] : [];
      const old = [...start, ...args, "-cipher", "DEFAULT@SECLEVEL=0"];
      await using talk = connect(stage, old);
      const { code, stderr } = await talk.ended();
      assert.equal(code, 1);
      assert.match(stderr, /alert protocol version/);
      const why = `the peer offers ${offer}; this relay speaks 1.2 and 1.3`;
      await until(() => stage.log().includes(why), { what: `"${why}" in the log` });
      stage.nothingArrived();
    });
  }
}

Deno.test("openssl s_client that knows other authorities breaks off, and the log says why", async () => {
  await using stage = await startRelayStage({ tls: "implicit" });
  await using other = await startRelayStage({ tls: "implicit" });
  await using talk = connect({ ...stage, caFile: other.caFile }, []);
  const { code, stderr } = await talk.ended();
  assert.equal(code, 1);
  assert.match(stderr, /certificate verify failed/);
  // Both write to the log that was started last.
  const why = "the peer does not trust our certificate";
  await until(() => other.log().includes(why), { what: `"${why}" in the log` });
});
