import assert from "node:assert/strict";
import { createDestinations } from "../../lib/destinations/registry.ts";
import { startFaultServer } from "../support/fault_smtp_server.ts";
import { octets } from "../support/octets.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";

Deno.test("createDestinations() makes each destination under its own name", async () => {
  await using server = startFaultServer();
  const destinations = createDestinations(
    {
      hostname: "relay.test",
      smarthosts: [{ hostname: "127.0.0.1", port: server.port, tls: { mode: "none" } }],
    },
    { traceField: ({ queueId }) => octets(`Received: ${queueId}\r\n`) },
  );
  assert.deepEqual([...destinations.keys()], ["smarthost", "discard"]);
  for (const [name, destination] of destinations) assert.equal(destination.name, name);

  const { signal } = new AbortController();
  await destinations.get("smarthost")?.deliver(sampleMail(), sampleDelivery(), signal);
  assert.ok(
    server.mails[0]?.message.startsWith("Received: 01ARZ3NDEKTSV4RRFFQ69G5FAV\r\nSubject:"),
  );
  assert.equal(server.commands[0], "EHLO relay.test");
  for (const destination of destinations.values()) await destination.close();
});
