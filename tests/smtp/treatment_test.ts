import assert from "node:assert/strict";
import { LOCAL_PEER } from "../../lib/smtp/admission.ts";
import { treatments } from "../../lib/smtp/treatment.ts";

const NETWORKS = {
  allow: ["10.0.0.0/8"],
  lenient: ["10.1.0.0/16", "2001:db8:1::/48"],
  xclient: ["10.2.0.1"],
  proxy: ["10.3.0.1"],
} as const;

const NOTHING = { lenient: false, mayXclient: false, proxy: false };

const cases = [
  { peer: "10.1.2.3", is: { ...NOTHING, lenient: true } },
  { peer: "2001:db8:1::7", is: { ...NOTHING, lenient: true } },
  { peer: "10.2.0.1", is: { ...NOTHING, mayXclient: true } },
  { peer: "10.3.0.1", is: { ...NOTHING, proxy: true } },
  { peer: "10.2.0.2", is: NOTHING },
  { peer: "2001:db8:2::7", is: NOTHING },
  { peer: "192.0.2.1", is: NOTHING },
  { peer: LOCAL_PEER, is: { lenient: true, mayXclient: true, proxy: true } },
];

for (const { peer, is } of cases) {
  Deno.test(`treatments() give ${peer} what its networks are given, and no more`, () => {
    const rules = treatments(NETWORKS, { offered: false, required: false });
    const { standing: { lenient, mayXclient } } = rules.of(peer);
    assert.deepEqual({ lenient, mayXclient, proxy: rules.isProxy(peer) }, is);
  });
}

Deno.test("treatments() give nobody anything where no network is named", () => {
  const rules = treatments({ allow: ["10.0.0.0/8"] }, { offered: false, required: false });
  for (const peer of ["10.1.2.3", LOCAL_PEER]) {
    const { standing: { lenient, mayXclient } } = rules.of(peer);
    assert.deepEqual({ lenient, mayXclient, proxy: rules.isProxy(peer) }, NOTHING);
  }
});

const logins = [
  { offered: false, required: false, inside: [true, false], outside: [false, false] },
  { offered: true, required: false, inside: [true, false], outside: [true, true] },
  { offered: true, required: true, inside: [true, true], outside: [true, true] },
];

for (const { offered, required, inside, outside } of logins) {
  const what = required ? "required" : offered ? "offered" : "not offered";
  Deno.test(`treatments() say who may send mail where a login is ${what}`, () => {
    const rules = treatments(NETWORKS, { offered, required });
    const of = (peer: string) => {
      const { allowed, standing: { mustAuthenticate } } = rules.of(peer);
      return [allowed, mustAuthenticate];
    };
    assert.deepEqual(of("10.9.9.9"), inside);
    assert.deepEqual(of(LOCAL_PEER), inside);
    assert.deepEqual(of("192.0.2.1"), outside);
  });
}
