/** Holds lib/routing/packs/samples.ts to telling what a pack reads otherwise than expected. @module */

import assert from "node:assert/strict";
import type { PackSample, SampleMail } from "../../../lib/config/types.ts";
import { viewMail } from "../../../lib/routing/mail_view.ts";
import type { MailView, Pack } from "../../../lib/routing/packs/pack.ts";
import { checkSamples } from "../../../lib/routing/packs/samples.ts";
import { mailOf } from "../../support/mails.ts";

/** Reads `nas1 is full`. */
const pack: Pack = {
  name: "nas",
  fields: [],
  events: ["FULL"],
  read: ({ subject = "" }) => {
    const [, host] = /^(\w+) is full$/.exec(subject) ?? [];
    return host === undefined ? null : { event: "FULL", fields: { source: "nas", host } };
  },
};

function show(mail: SampleMail): MailView | string {
  if (mail.kind === "file") return `${mail.path} cannot be read`;
  return viewMail(mailOf(`Subject: ${mail.subject ?? ""}\r\n\r\n${mail.text}`));
}

function sample(subject: string, expected: Omit<PackSample, "mail">): PackSample {
  const mail = { kind: "parts", from: "nas@example.com", to: [], subject, headers: {}, text: "" };
  return { mail: mail as SampleMail, ...expected };
}

Deno.test("checkSamples() has nothing to say of samples that are read as expected", async () => {
  const samples = [
    sample("nas1 is full", { fields: { host: "nas1" }, event: "FULL" }),
    sample("nas2 is full", { fields: {} }),
    sample("nas3 is full", { fields: { link: "" } }),
  ];
  assert.deepEqual(await checkSamples({ pack, before: [] }, samples, show), []);
});

Deno.test("checkSamples() says of each sample what differs, counted from 1", async () => {
  const samples = [
    sample("nas1 is full", { fields: { host: "nas1" } }),
    sample("nas is full", { fields: { host: "nas1", source: "nas", object: "disk" }, event: "OK" }),
    sample("nas is fine", { fields: {} }),
    { mail: { kind: "file", path: "/nas.eml", to: [] } as const, fields: {} },
    sample("nas4 is full", { fields: { host: "" } }),
  ];
  assert.deepEqual(await checkSamples({ pack, before: [] }, samples, show), [
    'sample 2: event: expected "OK", found "FULL"',
    'sample 2: fields.host: expected "nas1", found "nas"',
    'sample 2: fields.object: expected "disk", found nothing',
    "sample 3: the pack does not recognise this mail",
    "sample 4: /nas.eml cannot be read",
    'sample 5: fields.host: expected nothing, found "nas4"',
  ]);
});

Deno.test("checkSamples() tells an event that was expected from none", async () => {
  const silent: Pack = { ...pack, read: () => ({ fields: { source: "nas" } }) };
  const samples = [sample("x", { fields: {}, event: "FULL" })];
  assert.deepEqual(await checkSamples({ pack: silent, before: [] }, samples, show), [
    'sample 1: event: expected "FULL", found nothing',
  ]);
});

Deno.test("checkSamples() says which pack before this one takes a mail", async () => {
  const greedy: Pack = { ...pack, name: "any", read: () => ({ fields: { source: "any" } }) };
  const picky: Pack = { ...pack, name: "none", read: () => null };
  const samples = [sample("nas1 is full", { fields: {} }), sample("x", { fields: {} })];
  assert.deepEqual(await checkSamples({ pack, before: [picky] }, samples.slice(0, 1), show), []);
  assert.deepEqual(await checkSamples({ pack, before: [picky, greedy] }, samples, show), [
    "sample 1: read by pack any instead, which stands before this one: narrow its patterns, or " +
    "move it down",
    "sample 2: the pack does not recognise this mail",
  ]);
});
