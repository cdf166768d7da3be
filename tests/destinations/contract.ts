/** What every destination must do, whatever it delivers to: one table for all of them. @module */

import assert from "node:assert/strict";
import type { Destination } from "../../lib/destinations/destination.ts";
import { sampleMail } from "../support/sample_mail.ts";
import { within } from "../support/wait.ts";

/** A destination under test, and what it delivers to. */
export interface Subject extends AsyncDisposable {
  /** The destination. */
  readonly destination: Destination;
}

/** How to set up the subject of each test. */
export interface Contract {
  /** Its name in the registry. */
  readonly name: string;
  /** Delivers to something that takes everything. */
  healthy(): Subject;
  /** Delivers to something that never answers; absent where nothing is ever asked. */
  silent?(): Subject;
}

/** Registers the contract's tests for one destination. */
export function testDestination({ name, healthy, silent }: Contract): void {
  const recipients = ["a@example.org", "B@example.org", '"x y"@example.org'];
  const delivery = { destination: name, recipients };

  Deno.test(`${name} is called what deliveries call it`, async () => {
    await using subject = healthy();
    assert.equal(subject.destination.name, name);
    await subject.destination.close();
  });

  Deno.test(`${name} gives each recipient an outcome under the very same string`, async () => {
    await using subject = healthy();
    const outcomes = await subject.destination.deliver(sampleMail(), delivery, never());
    await subject.destination.close();
    assert.deepEqual([...outcomes.keys()].sort(), [...recipients].sort());
    for (const outcome of outcomes.values()) assert.equal(outcome.kind, "delivered");
  });

  Deno.test(`${name} delivers again when asked again`, async () => {
    await using subject = healthy();
    for (let attempt = 0; attempt < 3; attempt++) {
      const outcomes = await subject.destination.deliver(sampleMail(), delivery, never());
      assert.equal(outcomes.size, recipients.length);
    }
    await subject.destination.close();
  });

  if (silent === undefined) return;

  Deno.test(`${name} defers every recipient at once when the signal says stop`, async () => {
    await using subject = silent();
    const stop = new AbortController();
    const delivering = subject.destination.deliver(sampleMail(), delivery, stop.signal);
    stop.abort();
    const outcomes = await within(delivering, { what: "the cut attempt" });
    await subject.destination.close();
    assert.deepEqual([...outcomes.keys()].sort(), [...recipients].sort());
    for (const outcome of outcomes.values()) assert.equal(outcome.kind, "deferred");
  });

  Deno.test(`${name} defers every recipient when the signal has said stop before`, async () => {
    await using subject = silent();
    const outcomes = await subject.destination.deliver(sampleMail(), delivery, AbortSignal.abort());
    await subject.destination.close();
    assert.equal(outcomes.size, recipients.length);
    for (const outcome of outcomes.values()) assert.equal(outcome.kind, "deferred");
  });
}

function never(): AbortSignal {
  return new AbortController().signal;
}
