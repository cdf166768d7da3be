/** Samples of packs in a configuration: read as mails are, and what differs. @module */

import assert from "node:assert/strict";
import { rehearse } from "../../lib/routing/rehearsal.ts";
import { BASE, parseHere } from "../support/configuration.ts";

const gone = () => Promise.reject(new Error("gone"));

Deno.test("rehearse() plays the samples of packs", async () => {
  const configuration = parseHere(`${BASE}packs:
- name: raid
  match: {subject: "^RAID (?<host>[a-z]+) (?<word>[a-z]+)$"}
  event: {group: word, words: {broken: DEGRADED}}
  samples:
  - {from: a@example.net, subject: RAID nas broken, expect: {fields: {host: nas}}}
  - {from: a@example.net, subject: RAID nas fine, expect: {event: DEGRADED}}
  - {from: a@example.net, subject: something else, expect: {event: DEGRADED}}
  - {file: gone.eml, expect: {event: DEGRADED}}
`);
  const failures = await rehearse(configuration, gone);
  assert.deepEqual(failures, [
    'packs[0] "raid": sample 2: event: expected "DEGRADED", found nothing',
    'packs[0] "raid": sample 3: the pack does not recognise this mail',
    'packs[0] "raid": sample 4: it cannot be read: gone',
  ]);
});

Deno.test("rehearse() reads samples as mails are read: by the first own pack that knows them", async () => {
  const order = (manager: string) =>
    parseHere(`${BASE}packs:
- {name: wide, match: {subject: RAID}}
- {name: raid, match: {subject: RAID}, samples: [{from: a@x.net, subject: RAID, expect: {fields: {source: raid}}}]}
managers: [{name: a, ${manager}messages-we-want: {to: a@x.net}, otherwise: [discard]}]
`);
  assert.deepEqual(await rehearse(order(""), gone), [
    'packs[1] "raid": sample 1: read by pack wide instead, which stands before this one: narrow ' +
    "its patterns, or move it down",
  ]);
  assert.deepEqual(await rehearse(order("type: raid, "), gone), []);
});

Deno.test("rehearse() takes a file that bears an empty Return-Path for a mail from nobody", async () => {
  const configuration = parseHere(`${BASE}managers:
- {name: reports, messages-we-want: {from: "<>"}, rules: [], otherwise: [discard]}
tests:
- {mail: {file: report.eml, to: a@x.net}, expect: {actions: [discard]}}
`);
  const report = "Return-Path: <>\r\nFrom: daemon@x.net\r\nSubject: x\r\n\r\nx\r\n";
  const octets = new TextEncoder().encode(report);
  assert.deepEqual(await rehearse(configuration, () => Promise.resolve(octets)), []);
});
