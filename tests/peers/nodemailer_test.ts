/**
 * nodemailer as a notifier: the library that most Node programs send with.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import nodemailer from "nodemailer";
import { passThrough } from "../support/configuration.ts";
import { bodyOf, latin1 } from "../support/octets.ts";
import { startProgram } from "../support/program.ts";
import { startRecordingSink } from "../support/recording_sink.ts";

const ENVELOPE = { from: "a@example.net", to: ["b@example.org"] };

Deno.test("nodemailer sends 100 mails through a pool of 5 connections", async () => {
  await using sink = startRecordingSink();
  await using program = await startProgram(passThrough(sink.port));
  const transport = nodemailer.createTransport({
    host: "127.0.0.1",
    port: program.port,
    pool: true,
    maxConnections: 5,
  });
  const bodies = Array.from({ length: 100 }, (_, number) => `.mail ${number}\r\nGr\xfc\xdfe\r\n`);
  await Promise.all(bodies.map((body) =>
    transport.sendMail({
      envelope: ENVELOPE,
      raw: Buffer.from(`Subject: pooled\r\n\r\n${body}`),
    })
  ));
  transport.close();
  const arrived = sink.mails.map(({ message }) => bodyOf(new TextDecoder().decode(message)));
  assert.deepEqual(arrived.toSorted(), bodies.toSorted());
  assert.equal(await program.stop(), 0);
});

Deno.test("nodemailer pipelines 40 recipients and sends an attachment", async () => {
  await using sink = startRecordingSink();
  await using program = await startProgram(passThrough(sink.port));
  const transport = nodemailer.createTransport({ host: "127.0.0.1", port: program.port });
  const to = Array.from({ length: 40 }, (_, number) => `r${number}@example.org`);
  const attachment = latin1(crypto.getRandomValues(new Uint8Array(5_000)));
  const { accepted } = await transport.sendMail({
    from: "a@example.net",
    to,
    subject: "Prüfung",
    text: "See attachment",
    attachments: [{ filename: "a.bin", content: btoa(attachment), encoding: "base64" }],
  });
  transport.close();
  assert.deepEqual(accepted, to);
  const [mail] = sink.mails;
  assert.equal(mail?.recipients.length, 40);
  const [, base64 = ""] =
    /attachment; filename=a\.bin[^]*?\r\n\r\n([A-Za-z0-9+\/=\r\n]+)\r\n--/.exec(
      latin1(mail.message),
    ) ?? [];
  assert.equal(atob(base64.replaceAll("\r\n", "")), attachment);
  assert.equal(await program.stop(), 0);
});
