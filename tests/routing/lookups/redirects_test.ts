/** Holds lib/routing/lookups/redirects.ts to the host of the lookup. @module */

import assert from "node:assert/strict";
import { redirectOf } from "../../../lib/routing/lookups/redirects.ts";

const followed = [
  { from: "http://a.test/x", to: "/y", url: "http://a.test/y", sameOrigin: true },
  { from: "http://a.test/x/", to: "y?z#f", url: "http://a.test/x/y?z", sameOrigin: true },
  { from: "http://a.test:80/", to: "http://A.TEST/y", url: "http://a.test/y", sameOrigin: true },
  { from: "http://a.test/", to: "https://a.test/y", url: "https://a.test/y", sameOrigin: false },
  {
    from: "http://a.test:81/",
    to: "https://a.test:81/",
    url: "https://a.test:81/",
    sameOrigin: false,
  },
];

for (const { from, to, url, sameOrigin } of followed) {
  Deno.test(`redirectOf() follows ${from} to ${to}`, () => {
    assert.deepEqual(redirectOf(from, to), { kind: "follow", url, sameOrigin });
  });
}

const refused = [
  { from: "https://a.test/", to: "http://a.test/" },
  { from: "http://a.test/", to: "http://b.test/" },
  { from: "http://a.test/", to: "https://b.test/" },
  { from: "http://a.test/", to: "http://a.test.b.test/" },
  { from: "http://a.test/", to: "http://a.test:8080/" },
  { from: "http://a.test/", to: "https://a.test:8443/" },
  { from: "http://a.test:8080/", to: "https://a.test/" },
  { from: "http://a.test/", to: "//b.test/" },
  { from: "http://a.test/", to: "\\\\b.test/" },
  { from: "http://a.test/", to: "http://user@a.test/" },
  { from: "http://a.test/", to: "file:///etc/passwd" },
  { from: "http://a.test/", to: "http://" },
  { from: "http://a.test/", to: `/${"x".repeat(9_000)}` },
  { from: "http://a.test/", to: null },
];

for (const { from, to } of refused) {
  Deno.test(`redirectOf() does not follow ${from} to ${to?.slice(0, 40)}`, () => {
    assert.equal(redirectOf(from, to).kind, "refused");
  });
}

Deno.test("redirectOf() tells where it would have led, without what may be secret", () => {
  assert.deepEqual(redirectOf("http://a.test/", "http://b.test/p?key=secret"), {
    kind: "refused",
    why: "a redirect to http://b.test, which is not followed; check the url",
  });
});
