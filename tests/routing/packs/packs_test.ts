/** Holds lib/routing/packs/packs.ts to its table and to the order of those who read. @module */

import assert from "node:assert/strict";
import { viewMail } from "../../../lib/routing/mail_view.ts";
import { COMMON_FIELDS, type Pack } from "../../../lib/routing/packs/pack.ts";
import {
  ALL_EVENTS,
  ALL_FIELDS,
  BUILT_IN,
  eventsOf,
  fieldsOf,
  PACK_TYPES,
  packsFor,
  recognise,
} from "../../../lib/routing/packs/packs.ts";
import { mailOf } from "../../support/mails.ts";

const names = (packs: readonly Pack[]) => packs.map(({ name }) => name);

function own(name: string): Pack {
  return {
    name,
    fields: [],
    events: [],
    read: ({ subject }) => subject?.startsWith(name) ? { fields: { source: name } } : null,
  };
}

Deno.test("every pack has a name, fields and events of its own shape, and generic is the last", () => {
  assert.equal(new Set(names(BUILT_IN)).size, BUILT_IN.length);
  assert.equal(BUILT_IN.at(-1)?.name, "generic");
  for (const { name, fields, events } of BUILT_IN) {
    assert.match(name, /^[a-z][a-z0-9-]*$/);
    assert.equal(new Set(events).size, events.length, name);
    for (const event of events) assert.match(event, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
    for (const field of fields) {
      assert.match(field, /^[a-z][A-Za-z0-9]*$/);
      assert.ok(!COMMON_FIELDS.some((common) => common === field), `${name}: ${field}`);
    }
  }
});

Deno.test("types, fields and events of all packs are known to the configuration", () => {
  assert.deepEqual(PACK_TYPES, ["mail", ...names(BUILT_IN)]);
  assert.ok(ALL_FIELDS.includes("fingerprint") && ALL_FIELDS.includes("pipelineCounter"));
  assert.equal(new Set(ALL_FIELDS).size, ALL_FIELDS.length);
  assert.ok(ALL_EVENTS.includes("BREAKS") && ALL_EVENTS.includes("DEGRADED_ARRAY"));
  assert.equal(new Set(ALL_EVENTS).size, ALL_EVENTS.length);
  assert.ok(fieldsOf("gocd").includes("stage") && !fieldsOf("gocd").includes("jail"));
  assert.deepEqual(fieldsOf("mail"), ALL_FIELDS);
  assert.ok(eventsOf("mdadm").includes("FAIL_SPARE") && !eventsOf("mdadm").includes("BREAKS"));
  assert.deepEqual(eventsOf("mail"), ALL_EVENTS);
});

Deno.test("packsFor() asks the operator's packs first, then the one of the type, generic last", () => {
  const built = names(BUILT_IN);
  assert.deepEqual(names(packsFor("mail", [])), built);
  const ours = [own("lab"), own("door")];
  const others = built.filter((name) => name !== "smartd");
  assert.deepEqual(names(packsFor("smartd", ours)), ["lab", "door", "smartd", ...others]);
  assert.deepEqual(names(packsFor("door", ours)), ["door", "lab", ...built]);
});

Deno.test("recognise() takes the first pack that knows the mail, else the generic one", async () => {
  const view = viewMail(mailOf("Subject: lab 1\r\n\r\n"));
  assert.equal((await recognise(view, packsFor("mail", [own("lab")]))).fields.source, "lab");
  assert.equal((await recognise(view, packsFor("mail", [own("door")]))).fields.source, "generic");
  assert.equal((await recognise(view, [own("door")])).fields.source, "generic");
  assert.equal((await recognise(view, [])).fields.source, "generic");
});
