/** Holds lib/app/announcing.ts to one poller of a server at a time, which knows what the one before did. @module */

import assert from "node:assert/strict";
import { type AnnouncingParts, GocdServers } from "../../lib/app/announcing.ts";
import { type GocdServer, startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import type { Configuration, ManagerConfig } from "../../lib/config/types.ts";
import type { GocdSource } from "../../lib/routing/gocd_source.ts";
import { readStage } from "../../lib/routing/packs/gocd.ts";
import { parseHere } from "../support/configuration.ts";
import { endedLately } from "../support/polled_gocd.ts";
import { until } from "../support/wait.ts";

/** How long a mail may take, in ms: so long one test runs. */
const GRACE_MS = 1_500;

/** A relay's parts, as far as polling asks for them. */
class World {
  readonly gocd: GocdServer;
  readonly state = new Map<string, string>();
  readonly servers: GocdServers;
  readonly announced: string[] = [];
  readonly #configuration: Configuration;
  readonly #sources: GocdSource[] = [];
  working = true;

  constructor() {
    this.gocd = startGocdServer({ version: "26.1", stages: [endedLately("10/1", "Passed")] });
    this.#configuration = parseHere(`
local-smtp: localhost:1025
remote-smtp: localhost:8025
managers:
- {name: gocd, url: "${this.gocd.url}", messages-we-want: {to: gocd@example.com}, rules: []}
`);
    this.servers = new GocdServers(() => this.#parts());
  }

  /** Polls as often as said. */
  poll(pollMs: number): GocdSource {
    const [manager] = this.#configuration.managers;
    assert.ok(manager?.gocd);
    const changed: ManagerConfig = {
      ...manager,
      gocd: { ...manager.gocd, pollMs, pollGraceMs: GRACE_MS },
    };
    const source = this.servers.make(changed);
    this.#sources.push(source);
    source.start();
    return source;
  }

  async polled(): Promise<void> {
    const feeds = () => this.gocd.requests.filter(({ path }) => path === "/cctray.xml").length;
    const before = feeds();
    await until(() => feeds() >= before + 3, { what: "three polls" });
  }

  /** Lets as much time pass as so many requests take, one after the other. */
  async exchanges(count: number): Promise<void> {
    for (let done = 0; done < count; done++) await (await fetch(`${this.gocd.url}/none`)).text();
  }

  async mail(source: GocdSource): Promise<void> {
    await source.judge(readStage("Stage [p/11/s/1] failed") ?? { fields: {} });
  }

  #parts(): AnnouncingParts {
    const { state, announced, working } = this;
    return {
      configuration: this.#configuration,
      working,
      store: {
        readState: (key) => Promise.resolve(state.get(key) ?? null),
        writeState: (key, value) => Promise.resolve(void state.set(key, value)),
      },
      intake: {
        begin: () => ({
          write: (octets) => {
            const text = new TextDecoder().decode(octets);
            announced.push(/^Subject: (.*)\r$/m.exec(text)?.[1] ?? "");
            return Promise.resolve();
          },
          accept: () => Promise.resolve({ code: 250, lines: ["OK"] }),
          abort: () => Promise.resolve(),
        }),
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
    await this.gocd.close();
  }
}

Deno.test("GocdServers.make() lets a server that is asked otherwise know what mails came", async () => {
  await using world = new World();
  const before = world.poll(5);
  await world.polled();
  await world.mail(before);
  world.poll(6);
  world.gocd.setStages([endedLately("11/1", "Failed")]);
  await world.polled();
  world.gocd.setStages([endedLately("12/1", "Failed")]);
  await until(() => world.announced.length > 0, { what: "an announcement" });
  await world.polled();
  assert.deepEqual(world.announced, ["Stage [p/12/s/1] failed"], "by one, and of one");
});

Deno.test("GocdServers.make() polls nothing while another process does, and knows what that learnt", async () => {
  await using world = new World();
  world.poll(5);
  await world.polled();
  await world.servers.handOver();
  const [[key, learnt] = assert.fail()] = world.state;
  world.state.clear();
  world.working = false;
  const asked = () => world.gocd.requests.filter(({ path }) => path === "/cctray.xml").length;
  const source = world.poll(5);
  // What was cut off on its way to the server may still be counted there.
  await source.groups();
  const before = asked();
  await world.exchanges(20);
  assert.equal(asked(), before);
  world.state.set(key, learnt);
  world.gocd.setStages([endedLately("11/1", "Failed")]);
  world.working = true;
  await until(() => world.announced.length > 0, { what: "what ended since" });
});

Deno.test("GocdServers.handOver() saves for the last time", async () => {
  await using world = new World();
  const key = `cctray gocd ${world.gocd.url}`;
  const source = world.poll(5);
  await world.polled();
  await world.mail(source);
  await world.servers.handOver();
  assert.match(world.state.get(key) ?? "", /p\/11\/s\/1 f/);
  world.state.set(key, "the successor's");
  await world.mail(source);
  await source.close();
  assert.equal(world.state.get(key), "the successor's");
});
