/** Reports of success that a failing disk would not take. @module */

import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import { rememberHad } from "../../lib/queue/owed.ts";
import type { Store } from "../../lib/store/store.ts";
import { mailOf } from "../support/mails.ts";
import { stage, type StageOptions } from "../support/queue_stage.ts";
import { handedOn, later, ok, scripted } from "../support/scripted.ts";
import { HANG_MS, until } from "../support/wait.ts";

const BACK = "go@example.com";

/** A mail server that knows no DSN. */
function server() {
  return scripted((recipient) => recipient === BACK ? ok : handedOn);
}

/** An envelope that asks for a report of each success. */
function asking(...paths: readonly string[]): Partial<Envelope> {
  const notify = ["SUCCESS"] as const;
  return { dsn: { recipients: Object.fromEntries(paths.map((path) => [path, { notify }])) } };
}

/** A store whose disk refuses so many mails. */
function refusing(times: number): (folder: string) => Store {
  return (path) => {
    const history = { text: "none", keepMs: 0, sizeOctets: 1_000_000 } as const;
    const store = openSqliteStore({ path, minFreeOctets: 0, history, now: () => Date.now() });
    let left = times;
    return new Proxy(store, {
      get(target, name) {
        if (name === "accept" && left > 0) {
          return () => {
            left--;
            return Promise.reject(new RelayError("store-full", "the disk says no"));
          };
        }
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
}

Deno.test("a report that cannot be stored is owed until the notifier has come again", async () => {
  const { target, texts, got } = server();
  await using on = await stage(target, { store: refusing(2) });
  const options = { envelope: asking("a@x", "b@x") };
  assert.match(await on.send(["a@x", "b@x"], options), /^452 /);
  assert.match(await on.send(["a@x", "b@x"], options), /^452 /);
  assert.match(await on.send(["a@x", "b@x"], options), /^250 2\.0\.0 Accepted as /);
  await until(() => got.includes(BACK), { what: "the report" });
  await until(() => on.queued().length === 0, { what: "the end of the report" });
  assert.deepEqual(got, ["a@x", "b@x", BACK], "nobody twice, and one report");
  assert.match(texts.at(-1) ?? "", /rfc822; a@x\r\n[^]*rfc822; b@x\r\n/);
});

Deno.test("a report that is owed comes although the mail could not be routed in time then", async () => {
  const { target, got } = server();
  const hanging = Promise.withResolvers<void>();
  let routings = 0;
  const wishes: StageOptions & { budgetMs: number } = {
    store: refusing(1),
    budgetMs: HANG_MS,
    route: async ({ envelope: { forwardPaths } }) => {
      if (++routings === 2) await hanging.promise;
      const deliveries = [{ destination: "smarthost", recipients: forwardPaths }];
      return { deliveries, why: {}, reason: "passed through" };
    },
  };
  await using on = await stage(target, wishes);
  const options = { envelope: asking("a@x") };
  assert.match(await on.send(["a@x"], options), /^452 /);
  wishes.budgetMs = 200;
  assert.match(await on.send(["a@x"], options), /^250 2\.0\.0 queued as /);
  hanging.resolve();
  await until(() => on.queued().length === 0, { what: "the end of all" });
  assert.deepEqual(got, ["a@x", BACK]);
});

Deno.test("a report is owed of a success that turns out after the notifier was told to come again", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const { target, got } = scripted((recipient) => recipient === BACK ? ok : gate.promise);
  const wishes = { store: refusing(1), budgetMs: 200 };
  await using on = await stage(target, wishes);
  const options = { envelope: asking("a@x") };
  assert.match(await on.send(["a@x"], options), /^452 /);
  wishes.budgetMs = HANG_MS;
  const again = on.send(["a@x"], options);
  gate.resolve(handedOn);
  assert.match(await again, /^250 /);
  await until(() => got.includes(BACK), { what: "the report" });
  assert.deepEqual(got, ["a@x", BACK]);
});

Deno.test("rememberHad() keeps in mind who had a mail, and what is owed only where it was asked for", () => {
  const delivery = { destination: "smarthost", recipients: ["a@x", "b@x", "c@x"] };
  const outcomes = new Map<string, Outcome>([["a@x", handedOn], ["b@x", handedOn], ["c@x", later]]);
  const done = { delivery, outcomes };
  const trials = [{ delivery, done, ended: Promise.resolve(done) }];
  const memory = { delivered: new Set<string>(), owed: new Map() };
  rememberHad(
    mailOf("", { ...asking("a@x", "c@x"), forwardPaths: delivery.recipients }),
    trials,
    memory,
  );
  assert.deepEqual([...memory.delivered], ["smarthost a@x", "smarthost b@x"]);
  assert.deepEqual([...memory.owed.keys()], ["smarthost a@x"]);
});
