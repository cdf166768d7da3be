/** Holds lib/routing/lookups/http.ts to its bounds. @module */

import assert from "node:assert/strict";
import { RelayError } from "../../../lib/errors.ts";
import { get } from "../../../lib/routing/lookups/http.ts";
import { HANG_MS } from "../../support/wait.ts";

const never = new AbortController().signal;
const request = { url: "http://gocd.test/", headers: { accept: "x" }, limitMs: HANG_MS };

/** A response whose body goes on for ever. */
function endless(piece: Uint8Array<ArrayBuffer>, stopped: { cancelled?: boolean } = {}): Response {
  return new Response(
    new ReadableStream({
      pull: (body) => body.enqueue(piece),
      cancel: () => void (stopped.cancelled = true),
    }),
  );
}

Deno.test("get() gives up on an answer without end", async () => {
  const stopped = {};
  const answer = await get(
    request,
    never,
    () => Promise.resolve(endless(new Uint8Array(1 << 20), stopped)),
  );
  assert.deepEqual(answer, { kind: "no-response", detail: "answer over 33554432 octets" });
  assert.deepEqual(stopped, { cancelled: true });
});

Deno.test("get() limits the time of the whole answer, not of its first octet", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    return new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(1)) }));
  });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const answer = await get({ ...request, url, limitMs: 50 }, never);
  assert.deepEqual(answer, { kind: "no-response", detail: "no answer within 50 ms" });
  await server.shutdown();
});

for (
  const { reason, detail } of [
    { detail: "no answer in time" },
    { reason: new Error("as codes say it"), detail: "no answer in time" },
    { reason: new RelayError("aborted", "given up: told to"), detail: "given up: told to" },
  ]
) {
  Deno.test(`get() ends when nobody wants the answer: ${reason?.message ?? "no reason"}`, async () => {
    const caller = new AbortController();
    const asking = get(
      request,
      caller.signal,
      (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason));
          caller.abort(reason);
        }),
    );
    assert.deepEqual(await asking, { kind: "no-response", detail });
  });
}

Deno.test("get() follows no redirect, and passes its header fields", async () => {
  const seen: RequestInit[] = [];
  await get(request, never, (_url, init) => {
    seen.push(init);
    return Promise.resolve(new Response());
  });
  assert.equal(seen[0]?.redirect, "manual");
  assert.deepEqual(seen[0]?.headers, { accept: "x" });
});

Deno.test("get() reads no more octets than the request wants, and nothing of a refusal", async () => {
  const limited = { ...request, maxOctets: 3 };
  const say = (text: string, status: number) =>
    get(limited, never, () => Promise.resolve(new Response(text, { status })));
  assert.deepEqual(await say("abcd", 200), {
    kind: "no-response",
    detail: "answer over 3 octets",
  });
  const texts = [await say("abc", 200), await say("abcd", 404)].map((answer) =>
    answer.kind === "response" ? `${answer.status} ${answer.text}` : answer.detail
  );
  assert.deepEqual(texts, ["200 abc", "404 "]);
});

const errors = [
  {
    name: "its innermost cause",
    error: new TypeError("fetch failed", { cause: new Error("refused") }),
    detail: "refused",
  },
  {
    name: "no url",
    error: new Error(
      "error sending request for url (http://x/?key=1): client error (Connect): tcp connect error: refused",
    ),
    detail: "tcp connect error: refused",
  },
  { name: "something", error: new Error(""), detail: "the connection broke" },
];

for (const { name, error, detail } of errors) {
  Deno.test(`get() tells of an error ${name}`, async () => {
    assert.deepEqual(await get(request, never, () => Promise.reject(error)), {
      kind: "no-response",
      detail,
    });
  });
}
