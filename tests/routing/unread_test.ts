/** What becomes of a mail whose body cannot be read, or costs too much to be searched. @module */

import assert from "node:assert/strict";
import { parseConfiguration } from "../../lib/config/parse.ts";
import type { Message } from "../../lib/mail/message.ts";
import { createRouter } from "../../lib/routing/router.ts";
import { mailOf } from "../support/mails.ts";

const HEAD = `local-smtp: 127.0.0.1:1025
remote-smtp: 127.0.0.1:1026
managers:
  - name: fleet
    messages-we-want: {to: alerts@example.com}
    rules:
`;

async function route(rules: readonly string[], octets: string, changes: Partial<Message> = {}) {
  const text = HEAD + rules.map((rule) => `      - {${rule}}\n`).join("");
  const router = createRouter(parseConfiguration("c.yaml", text, () => undefined));
  const mail = mailOf(octets, { forwardPaths: ["alerts@example.com"] });
  return await router.route({ ...mail, message: { ...mail.message, ...changes } });
}

Deno.test("a rule on a text that cannot be read is undecided, and somebody is told", async () => {
  const rule = `name: r, when: 'mail.text.contains("FAILED")', actions: ["mailto:a@example.com"]`;
  const rest = () => {
    throw new Error("input/output error");
  };
  const { deliveries, trace } = await route([rule], "Subject: s\r\n\r\nFAILED", { rest });
  assert.equal(trace.rules[0]?.verdict, "undecided");
  assert.match(trace.rules[0]?.reason ?? "", /the body cannot be read: input\/output error/);
  assert.ok(deliveries.length > 0);
  const read = await route([rule], "Subject: s\r\n\r\nFAILED");
  assert.equal(read.trace.rules[0]?.verdict, "matched");
});

Deno.test("a mail that is made to cost much does not keep cheap rules from being told", async () => {
  let text = "c\r\n";
  for (let seed = 99; text.length < 65_000;) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    text += (seed >> 16) % 2 === 0 ? "a" : "b";
  }
  const rules = Array.from(
    { length: 12 },
    (_, n) =>
      `name: r${n}, when: 'mail.text.matches("a(a|b){${
        20 + n
      }}c")', actions: ["mailto:a@example.com"]`,
  );
  const cheap = `name: cheap, when: 'mail.subject == "s"', actions: ["mailto:b@example.com"]`;
  const { trace } = await route([...rules, cheap], `Subject: s\r\n\r\n${text}`);
  assert.equal(trace.rules[0]?.verdict, "not-matched");
  assert.equal(trace.rules[11]?.verdict, "undecided");
  assert.match(trace.rules[11]?.reason ?? "", /too costly after all that was tested/);
  assert.equal(trace.rules[12]?.verdict, "matched");
});
