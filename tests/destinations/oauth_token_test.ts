import assert from "node:assert/strict";
import type { OAuthConfig } from "../../lib/config/types.ts";
import { createTokenSource, type TokenSourceOptions } from "../../lib/destinations/oauth_token.ts";
import { RelayError } from "../../lib/errors.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import {
  type Answer,
  failsWith,
  granting,
  startTokenEndpoint,
  type TokenEndpoint,
} from "../support/token_endpoint.ts";
import { until, within } from "../support/wait.ts";

const never = new AbortController().signal;

interface Stage extends AsyncDisposable {
  readonly endpoint: TokenEndpoint;
  /** The time, in milliseconds; a test moves it. */
  now: number;
  token(fresh?: boolean, signal?: AbortSignal): Promise<string>;
  close(): void;
}

function stage(
  answer?: Answer,
  config: Partial<OAuthConfig> = {},
  options: TokenSourceOptions = {},
): Stage {
  const endpoint = startTokenEndpoint(answer);
  const source = createTokenSource({ ...endpoint.config, ...config }, {
    now: () => it.now,
    ...options,
  });
  const it: Stage = {
    endpoint,
    now: 0,
    token: (fresh = false, signal = never) =>
      within(source.token({ fresh }, signal), { what: "a token" }),
    close: () => source.close(),
    async [Symbol.asyncDispose]() {
      source.close();
      await endpoint[Symbol.asyncDispose]();
    },
  };
  return it;
}

Deno.test("a token source asks with client credentials in the body", async () => {
  await using it = stage(undefined, { scope: "https://mail/.default" });
  assert.equal(await it.token(), "token-1");
  assert.deepEqual(it.endpoint.requests, [{
    method: "POST",
    form: {
      grant_type: "client_credentials",
      scope: "https://mail/.default",
      client_id: "relay",
      client_secret: "s3cret+/=",
    },
    authorization: null,
    contentType: "application/x-www-form-urlencoded",
  }]);
});

Deno.test("a token source of a public client asks with its refresh token and no secret", async () => {
  await using endpoint = startTokenEndpoint();
  const { url } = endpoint;
  const source = createTokenSource({ url, clientId: "relay", refreshToken: "r1" });
  assert.equal(await source.token({ fresh: false }, never), "token-1");
  assert.deepEqual(endpoint.requests[0]?.form, {
    grant_type: "refresh_token",
    refresh_token: "r1",
    client_id: "relay",
  });
});

Deno.test("a token source names the client by Basic where the body is refused, and stays with it", async () => {
  await using it = stage((count, { authorization }) =>
    authorization === null
      ? Response.json({ error: "invalid_client" }, { status: 401 })
      : granting({ expires_in: 100 })(count, it.endpoint.requests[0] ?? assert.fail())
  );
  assert.equal(await it.token(), "token-2");
  it.now = 200_000;
  assert.equal(await it.token(), "token-3");
  const [, second] = it.endpoint.requests;
  assert.equal(second?.authorization, `Basic ${btoa("relay:s3cret%2B%2F%3D")}`);
  assert.deepEqual(second?.form, { grant_type: "client_credentials" });
});

Deno.test("a token source does not begin anew when its way to name the client is refused later", async () => {
  await using it = stage((count) =>
    count === 2
      ? granting({ expires_in: 100 })(count, it.endpoint.requests[0] ?? assert.fail())
      : Response.json({ error: "invalid_client" }, { status: 401 })
  );
  assert.equal(await it.token(), "token-2");
  it.now = 200_000;
  await assert.rejects(it.token(), failsWith(/invalid_client$/));
  assert.equal(it.endpoint.requests.length, 3);
});

Deno.test("a token source tells of a client that is unknown in either way", async () => {
  await using it = stage(() => Response.json({ error: "invalid_client" }, { status: 401 }));
  await assert.rejects(it.token(), failsWith(/answered with 401 invalid_client$/));
  assert.equal(it.endpoint.requests.length, 2);
});

const lives = [
  { name: "an hour", expires: 3600, goodMs: 3_540_000 },
  { name: "a minute", expires: 60, goodMs: 54_000 },
  { name: "an hour, in quotes", expires: "3600", goodMs: 3_540_000 },
  { name: "nobody knows how long", expires: undefined, goodMs: 270_000 },
  { name: "nonsense", expires: "soon", goodMs: 270_000 },
  { name: "no time at all", expires: -1, goodMs: 270_000 },
];

for (const { name, expires, goodMs } of lives) {
  Deno.test(`a token source uses a token that is good for ${name} for ${goodMs} ms`, async () => {
    await using it = stage(granting({ expires_in: expires }));
    await it.token();
    it.now = goodMs - 1;
    assert.equal(await it.token(), "token-1");
    it.now = goodMs;
    assert.equal(await it.token(), "token-2");
  });
}

Deno.test("a token source asks once for all who wait, and each may stop waiting", async () => {
  const answer = Promise.withResolvers<void>();
  await using it = stage(async (count, request) => {
    await answer.promise;
    return granting()(count, request);
  });
  const stop = new AbortController();
  const first = it.token(false, stop.signal);
  const others = [it.token(), it.token(true)];
  await until(() => it.endpoint.requests.length > 0, { what: "the request" });
  stop.abort();
  await assert.rejects(first, (error) => error instanceof RelayError && error.code === "aborted");
  answer.resolve();
  assert.deepEqual(await Promise.all(others), ["token-1", "token-1"]);
  assert.equal(it.endpoint.requests.length, 1);
});

Deno.test("a token source replaces a refused token, but none that is younger than a minute", async () => {
  await using it = stage();
  await it.token();
  it.now = 59_999;
  assert.equal(await it.token(true), "token-1");
  it.now = 60_000;
  assert.equal(await it.token(true), "token-2");
  assert.equal(await it.token(true), "token-2");
});

Deno.test("a token source goes on with a refresh token that replaces its own, and warns once", async () => {
  const lines: string[] = [];
  startLog("INFO", (line) => lines.push(line));
  try {
    const rotating: Answer = (count, request) =>
      granting({ expires_in: 100, refresh_token: `rotated-${count}` })(count, request);
    await using it = stage(rotating, { refreshToken: "configured" });
    for (it.now = 0; it.now < 300_000; it.now += 100_000) await it.token();
    assert.deepEqual(it.endpoint.requests.map(({ form }) => form.refresh_token), [
      "configured",
      "rotated-1",
      "rotated-2",
    ]);
  } finally {
    stopLog();
  }
  assert.equal(lines.length, 1, lines.join(""));
  assert.match(lines[0] ?? "", /WARNING smarthost the refresh token has been replaced/);
  assert.doesNotMatch(lines[0] ?? "", /rotated|configured-/);
});

Deno.test("a token source does not warn of the refresh token that it has", async () => {
  const lines: string[] = [];
  startLog("INFO", (line) => lines.push(line));
  try {
    await using it = stage(granting({ refresh_token: "r1" }), { refreshToken: "r1" });
    await it.token();
  } finally {
    stopLog();
  }
  assert.deepEqual(lines, []);
});

Deno.test("a token source asks a failing endpoint again after 5 s", async () => {
  await using it = stage((count, request) =>
    count === 1 ? new Response("", { status: 503 }) : granting()(count, request)
  );
  await assert.rejects(it.token(), failsWith(/503$/));
  it.now = 4_999;
  await assert.rejects(it.token(), failsWith(/503$/));
  assert.equal(it.endpoint.requests.length, 1);
  it.now = 5_000;
  assert.equal(await it.token(), "token-2");
});

Deno.test("a token source gives up an endpoint that does not answer", async () => {
  const over = Promise.withResolvers<Response>();
  await using it = stage(() => over.promise, {}, { limitMs: 50 });
  await assert.rejects(it.token(), failsWith(/did not answer within 50 ms$/));
  over.resolve(new Response(""));
});

Deno.test("a token source gives up an answer that does not end", async () => {
  await using it = stage(() => new Response(new ReadableStream({})), {}, { limitMs: 50 });
  await assert.rejects(it.token(), failsWith(/did not answer within 50 ms$/));
});

Deno.test("a token source ends its request when it is closed", async () => {
  const over = Promise.withResolvers<Response>();
  await using it = stage(() => over.promise);
  const waiting = it.token();
  await until(() => it.endpoint.requests.length > 0, { what: "the request" });
  it.close();
  await assert.rejects(waiting, /shutting down/);
  const isAborted = (error: unknown) => error instanceof RelayError && error.code === "aborted";
  await assert.rejects(it.token(), isAborted);
  over.resolve(new Response(""));
});
