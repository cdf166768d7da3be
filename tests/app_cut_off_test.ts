/** A mail whose lookup was cut off by the end of the program: the next run decides. @module */

import assert from "node:assert/strict";
import { logLines } from "./support/log_lines.ts";
import { startOwnRelay } from "./support/own_relay.ts";
import { sendRaw } from "./support/raw_client.ts";
import { startRecordingSink } from "./support/recording_sink.ts";
import { until } from "./support/wait.ts";

/** A REST API that lets its first callers wait. */
function startSlowApi(): AsyncDisposable & { port: number; asked(): number; answer(): void } {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  let asked = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async () => {
    asked++;
    await answered;
    return Response.json({ tier: "gold" });
  });
  return {
    port: server.addr.port,
    asked: () => asked,
    answer,
    async [Symbol.asyncDispose]() {
      answer();
      await server.shutdown();
    },
  };
}

for (const ack of ["queued", "relayed"]) {
  for (const otherwise of ["[]", '["mailto:night@x.example"]']) {
    Deno.test(`ack: ${ack}, otherwise: ${otherwise}: a cut-off lookup decides nothing`, async () => {
      const store = await Deno.makeTempDir({ prefix: "mail2alert-cut-off-" });
      try {
        using lines = logLines();
        await using api = startSlowApi();
        await using sink = startRecordingSink();
        const configuration = `
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${sink.port}
ack: ${ack}
lookups:
  owner: {url: "http://127.0.0.1:${api.port}/", timeout: 30s, allow: [127.0.0.0/8]}
managers:
  - name: machines
    messages-we-want: {to: a@x.example}
    rules:
      - {name: gold, when: 'lookup.owner.tier == "gold"', actions: ["mailto:gold@x.example"]}
    otherwise: ${otherwise}
`;
        const first = await startOwnRelay(configuration, { store });
        const sent = sendRaw(first.port, { to: ["a@x.example"] });
        await until(() => api.asked() > 0, { what: "the lookup" });
        await first.close();
        assert.match(await sent, /^250 2\.0\.0 queued as /);
        assert.deepEqual(sink.mails, []);
        const [answered = ""] = lines.with(" INFO queue answered ");
        assert.match(answered, / reply="250 2\.0\.0 queued as /);
        assert.doesNotMatch(answered, /delivered=|decision=/);
        const decisions = () => lines.with("machines").concat(lines.with("undecided"));
        assert.deepEqual(decisions(), [], "nothing was decided");
        api.answer();
        await using _second = await startOwnRelay(configuration, { store });
        await until(() => sink.mails.length > 0, { what: "the mail" });
        assert.deepEqual(sink.mails.map(({ recipients }) => recipients), [[
          "RCPT TO:<gold@x.example>",
        ]]);
        const [routed = "", ...others] = decisions();
        assert.match(routed, / INFO queue routed .* manager=machines .* goesTo=gold@x\.example$/);
        assert.deepEqual(others, []);
      } finally {
        await Deno.remove(store, { recursive: true });
      }
    });
  }
}
