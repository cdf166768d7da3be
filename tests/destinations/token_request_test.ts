import assert from "node:assert/strict";
import type { OAuthConfig } from "../../lib/config/types.ts";
import { type Grant, requestToken } from "../../lib/destinations/token_request.ts";
import { freePort } from "../support/ports.ts";
import { type Answer, failsWith, startTokenEndpoint } from "../support/token_endpoint.ts";

function ask(config: OAuthConfig, send: typeof fetch = fetch): Promise<Grant> {
  const { signal } = new AbortController();
  return requestToken({ config, refreshToken: "r/1", clientIn: "body", fetch: send, signal });
}

const ESC = "\x1b[31m";
const secret = "s3cret+/=";

const failures: { name: string; answer: Answer; pattern: RegExp }[] = [
  {
    name: "an error with a description",
    answer: () =>
      Response.json(
        { error: "invalid_grant", error_description: `Expired${ESC}\r\n2nd` },
        { status: 400 },
      ),
    pattern: /^token endpoint http:\S+\/token answered with 400 invalid_grant: Expired\?\[31m 2nd$/,
  },
  {
    name: "an error that quotes our secrets",
    answer: (_count, { form }) =>
      Response.json({
        error: "bad",
        error_description: `${form.client_secret} ${
          encodeURIComponent(secret)
        } ${form.refresh_token}`,
      }, { status: 400 }),
    pattern: /answered with 400 bad: \[hidden\] \[hidden\] \[hidden\]$/,
  },
  {
    name: "a long error",
    answer: () => Response.json({ error: "x".repeat(10_000) }, { status: 400 }),
    pattern: /^.{100,300} \.\.\.$/,
  },
  {
    name: "a page of a proxy",
    answer: () => new Response("<html>", { status: 502 }),
    pattern: /answered with 502$/,
  },
  {
    name: "a redirect",
    answer: (count) =>
      count > 1 ? assert.fail() : Response.redirect("http://127.0.0.1:1/elsewhere", 307),
    pattern: /answered with 307$/,
  },
  {
    name: "no token",
    answer: () => Response.json({ token_type: "Bearer" }),
    pattern: /answered without a usable access_token$/,
  },
  {
    name: "a token with a line end",
    answer: () => Response.json({ access_token: "a\r\nRSET" }),
    pattern: /without a usable access_token$/,
  },
  {
    name: "a token with a separator of XOAUTH2",
    answer: () => Response.json({ access_token: "a\x01b" }),
    pattern: /without a usable access_token$/,
  },
  {
    name: "a token of another type",
    answer: () => Response.json({ access_token: "a", token_type: "mac" }),
    pattern: /a token of type mac/,
  },
  {
    name: "no object",
    answer: () => new Response("null"),
    pattern: /without a usable access_token$/,
  },
  {
    name: "a flood",
    answer: () => new Response(" ".repeat(70_000)),
    pattern: /answers with over 65536 octets$/,
  },
];

for (const { name, answer, pattern } of failures) {
  Deno.test(`requestToken() fails on ${name}`, async () => {
    await using endpoint = startTokenEndpoint(answer);
    await assert.rejects(ask(endpoint.config), failsWith(pattern));
  });
}

Deno.test("requestToken() hides secrets that an endpoint quotes from a header", async () => {
  const quote: Answer = (_count, { authorization }) =>
    Response.json({ error: `bad ${authorization}` }, { status: 400 });
  await using endpoint = startTokenEndpoint(quote);
  const { signal } = new AbortController();
  const { config } = endpoint;
  const request = { config, clientIn: "header", fetch, signal } as const;
  const error = await requestToken(request).catch((error) => error);
  const [, head = "", tail = ""] = /bad Basic (\S*)\[hidden\](\S*)$/.exec(error.message) ?? [];
  // What is left is the client's name, and less than three octets around the secret.
  assert.ok(atob(head).startsWith(`${config.clientId}:`.slice(0, -2)), error.message);
  assert.ok(tail.length <= 2, error.message);
});

Deno.test("requestToken() says that nobody listens", async () => {
  const url = `http://localhost:${freePort()}/t?code=hidden`;
  await assert.rejects(ask({ url, clientId: "relay" }), (error) => {
    assert.doesNotMatch(String(error), /hidden/);
    return failsWith(/^token endpoint http:\/\/localhost:\d+\/t .*Connection refused/)(error);
  });
});

const badUrls = [
  { url: "http://login.example.com/token", pattern: /its URL must begin with https:\/\/$/ },
  { url: "http://127.0.0.1.example.com/token", pattern: /must begin with https:\/\/$/ },
  { url: "ftp://localhost/token", pattern: /must begin with https:\/\/$/ },
  { url: "https://u:p@localhost/token", pattern: /must not hold a user or password$/ },
  { url: "https://:p@localhost/token", pattern: /must not hold a user or password$/ },
  { url: "token", pattern: /is no URL$/ },
];

for (const { url, pattern } of badUrls) {
  Deno.test(`requestToken() sends no secret to ${url}`, async () => {
    const unasked = () => assert.fail("asked");
    await assert.rejects(ask({ url, clientId: "relay" }, unasked), failsWith(pattern));
  });
}
