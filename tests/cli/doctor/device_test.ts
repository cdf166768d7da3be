/**
 * `mail2alert doctor device` on a real socket: what is shown, what is judged, and that the listener
 * which it proposes is one that a configuration may have.
 *
 * @module
 */

import assert from "node:assert/strict";
import { clientHello, inRecords } from "../../support/client_hello.ts";
import {
  anyAuthority,
  consult,
  converse,
  judged,
  proposed,
  startTls,
  STRICT,
} from "../../support/doctor.ts";
import { latin1 } from "../../support/octets.ts";
import { connectRaw } from "../../support/raw_client.ts";
import { shakeHands } from "../../support/tls_client.ts";
import { within } from "../../support/wait.ts";

Deno.test("a device without a fault works with the strict profile", async () => {
  const said = await consult([], async ({ port }) => {
    assert.match(
      (await converse(port, STRICT)).join("\n"),
      /250 2\.0\.0 Taken .* delivered nowhere/,
    );
  });
  assert.match(said, /^-> MAIL FROM:<a@x>\n<- 250 2\.1\.0 Sender accepted$/m);
  assert.match(said, /^-> \(message: 57 octets\)\n<- 250 2\.0\.0 Taken/m);
  assert.match(
    judged(said),
    /^ fine brought a mail, delivered nowhere verdict works with the strict profile/,
  );
  const listener = proposed(said);
  assert.deepEqual([listener.lenient, listener.tls, listener.auth], [[], undefined, undefined]);
});

Deno.test("a device with faults is told each, and that leniency takes them", async () => {
  const said = await consult([], async ({ port }) => {
    await converse(port, [
      "HELO \r\n",
      "MAIL FROM: <root>\r\n",
      "RCPT TO:b@x\r\n",
      "DATA\r\n",
      "Subject: x\n\nB\xfcro\n.\r\n\r\n.\r\n",
    ]);
  });
  const text = judged(said);
  for (const does of ["HELO or EHLO without a name", "a blank between", "without a domain"]) {
    assert.ok(text.includes(does), text);
  }
  assert.match(
    text,
    /message bare newlines \(mended\), no Date, .*8-bit text without a declaration: taken/,
  );
  assert.match(text, /verdict works with profile: lenient /);
  assert.match(said, /3 bare newlines/);
  assert.deepEqual(proposed(said).lenient, ["0.0.0.0/0", "::/0"]);
});

Deno.test("--strict refuses what leniency would take, and says so", async () => {
  const said = await consult(["--strict"], async ({ port }) => {
    const replies = await converse(port, ["MAIL FROM:<a@x>\r\n", "QUIT\r\n"]);
    assert.match(replies[1] ?? "", /^503/);
  });
  assert.match(
    judged(said),
    /without having said HELO .* verdict no mail came; it needs profile: lenient/,
  );
  assert.equal(proposed(said).lenient.length, 2);
});

Deno.test("a password is neither shown nor checked, and a login in clear is named", async () => {
  const secret = btoa("\0nas\0hunter2");
  const said = await consult([], async ({ port }) => {
    const replies = await converse(port, [
      "EHLO nas\r\n",
      `AUTH PLAIN ${secret}\r\n`,
      ...STRICT.slice(1),
    ]);
    assert.match(replies[2] ?? "", /^235/);
  });
  assert.ok(!said.includes(secret) && !said.includes("hunter2"));
  assert.match(said, /^-> AUTH PLAIN \(hidden\)$/m);
  assert.match(judged(said), /fine logs in by PLAIN; .* wrong logs in before TLS/);
  const { auth } = proposed(said);
  assert.ok(auth?.withoutTls);
});

Deno.test("--strict offers a login over TLS only", async () => {
  const said = await consult(["--strict"], async ({ port }) => {
    const replies = await converse(port, ["EHLO nas\r\n", "AUTH LOGIN\r\n", "QUIT\r\n"]);
    assert.match(replies[2] ?? "", /^538/);
  });
  assert.match(
    judged(said),
    /wrong logs in before TLS, .* verdict no mail came; it needs the setting/,
  );
  assert.ok(proposed(said).auth?.withoutTls);
});

Deno.test("a device with TLS 1.0 only needs a listener without", async () => {
  const said = await consult(["--once"], async ({ port, ended }) => {
    await startTls(port, async (conn) => {
      await conn.write(inRecords(clientHello({ version: 0x0301 })));
      const alert = new Uint8Array(16);
      const count = await within(conn.read(alert), { what: "the alert" });
      assert.equal(latin1(alert.subarray(0, count ?? 0)), "\x15\x03\x01\x00\x02\x02\x46");
    });
    await within(ended, { what: "the end after one session" });
  });
  assert.match(said, /^== no TLS: the peer offers TLS 1\.0 at most/m);
  assert.match(
    judged(said),
    /wrong speaks TLS 1\.1 or older only, or SSL Give it a listener without tls/,
  );
  assert.equal(proposed(said).tls, undefined);
});

Deno.test("a device that does not trust the certificate is told of, with the reason", async () => {
  const said = await consult([], ({ port }) =>
    startTls(port, async (conn) => {
      await assert.rejects(shakeHands(conn, { ca: await anyAuthority(), name: "localhost" }));
    }));
  assert.match(judged(said), /TLS the peer does not trust our certificate; .*there was no TLS/);
  assert.ok(!said.includes("local-smtp:"));
});

const strangers = [
  {
    name: "TLS at once",
    says: "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
    verdict: /begins with TLS at once, .*mode: implicit/,
  },
  {
    name: "HTTP",
    says: "GET / HTTP/1.1\r\n",
    verdict: /speaks another protocol .*no setting of mail2alert/,
  },
  { name: "nothing", says: "", verdict: /it connected and said nothing/ },
  {
    name: "EHLO, and goes away",
    says: "EHLO nas\r\n",
    verdict: /without sending one, and nothing was refused/,
  },
  {
    name: "an unknown recipient form",
    says: "HELO nas\r\nMAIL FROM:<a@x>\r\nRCPT TO:<>\r\n",
    verdict: /the last that it was refused: 501 5\.1\.3/,
  },
  {
    name: "a message with LF . LF",
    says: "HELO nas\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nx: y\n.\n",
    verdict: /ends its message with <LF>\.<LF> .*no setting of mail2alert/,
  },
];

for (const { name, says, verdict } of strangers) {
  Deno.test(`a peer that says ${name} is judged`, async () => {
    const said = await consult(["--once"], async ({ port, ended }) => {
      {
        using client = await connectRaw(port);
        await client.write(says);
        if (says !== "") await client.reply();
      }
      await within(ended, { what: "the end after one session" });
    });
    assert.match(judged(said), verdict);
  });
}

for (const farewell of ["", "QUIT\n"]) {
  Deno.test(`a device that ends its message with bare newlines is told so within 5 s (${farewell.trim()})`, async () => {
    const said = await consult(["--once"], async ({ port, ended }) => {
      using client = await connectRaw(port);
      for (const line of STRICT.slice(0, 4)) await client.say(line.trimEnd());
      await client.write(`Subject: x\n\nbody\n.\n${farewell}`);
      assert.match(await client.reply(30_000) ?? "", /^554 5\.6\.0/);
      await within(ended, { what: "the end after one session" });
    });
    assert.match(said, /^-> \(message: .*ended with <LF>\.<LF>, which is no end\)$/m);
    assert.match(
      judged(said),
      /ends its message with <LF>\.<LF> .*no setting of mail2alert makes this work/,
    );
    assert.ok(!said.includes("local-smtp:"));
  });
}

Deno.test("sessions side by side are told apart, and end with the doctor", async () => {
  const said = await consult([], async ({ port, terminal }) => {
    const first = await connectRaw(port);
    const second = await connectRaw(port);
    await first.say("NOOP first");
    await second.say("NOOP second");
    terminal.end();
    assert.match(await first.reply() ?? "", /^421/);
    first[Symbol.dispose]();
    second[Symbol.dispose]();
  });
  assert.match(said, /^\[1\] -> NOOP first$/m);
  assert.match(said, /^\[2\] -> NOOP second$/m);
  assert.equal(said.match(/ is gone$/gm)?.length, 2);
});

Deno.test("a device without TLS finds none with --tls none; with --tls implicit it comes first", async () => {
  const without = await consult(["--tls", "none"], async ({ port }) => {
    assert.doesNotMatch((await converse(port, ["EHLO nas\r\n"])).join("\n"), /STARTTLS/);
  });
  assert.match(without, /TLS is not offered/);
  const implicit = await consult(["--tls", "implicit"], async ({ port }) => {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await assert.rejects(shakeHands(conn, { ca: await anyAuthority(), name: "localhost" }));
  });
  assert.match(judged(implicit), /TLS the peer does not trust our certificate/);
});

Deno.test("ten sessions at once are enough", async () => {
  const said = await consult([], async ({ port }) => {
    const clients = [];
    for (let count = 0; count < 11; count++) clients.push(await connectRaw(port));
    assert.deepEqual(clients.map(({ greeting }) => greeting !== ""), [
      ...new Array<boolean>(10).fill(true),
      false,
    ]);
    for (const client of clients) client[Symbol.dispose]();
  });
  assert.equal(said.match(/ connects$/gm)?.length, 10);
});
