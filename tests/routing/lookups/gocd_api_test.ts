/** Holds lib/routing/lookups/gocd_api.ts to answers of any size. @module */

import assert from "node:assert/strict";
import { log } from "../../../lib/log.ts";
import { gocdApi } from "../../../lib/routing/lookups/gocd_api.ts";

const MIB = 1024 * 1024;

const bounds = [
  { path: "/api/dashboard", accept: "application/vnd.go.cd.v4+json", mib: 24 },
  { path: "/cctray.xml", accept: "application/xml", mib: 16 },
];

for (const { path, accept, mib } of bounds) {
  for (const more of [0, 1]) {
    Deno.test(`GocdApi.ask() reads ${mib} MiB of ${path}, and ${more} octets more`, async () => {
      const piece = new Uint8Array(MIB).fill(0x61);
      const body = () => [...Array.from({ length: mib }, () => piece), piece.slice(0, more)];
      const api = gocdApi({ url: "http://gocd.test/go" }, {
        fetch: () => Promise.resolve(new Response(ReadableStream.from(body()))),
        limitMs: 60_000,
        log: log("routing"),
      });
      const question = { path, accept, right: "" };
      const answer = await api.ask(question, new AbortController().signal);
      assert.equal(answer.kind, more === 0 ? "text" : "refused");
      if (answer.kind === "refused") {
        assert.equal(answer.detail, `answer over ${mib * MIB} octets`);
      }
    });
  }
}
