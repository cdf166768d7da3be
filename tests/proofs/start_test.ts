/**
 * The program listens soon after its start, however much is queued, and goes on with the queue.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type CountingSink, startCountingSink } from "../support/counting_sink.ts";
import { percentile, tell } from "../support/figures.ts";
import { LoadSender, sendLoad } from "../support/load_sender.ts";
import { freePort } from "../support/ports.ts";
import { spawnProgram } from "../support/program.ts";
import { type Figure, holdsInARound, most } from "../support/rounds.ts";
import { until, within } from "../support/wait.ts";

const QUEUED = 10_000;
/** What is to hold, in ms; otherwise so many times what an empty store needs in the same round. */
const LISTENING_MS = 400;
const TIMES_EMPTY = 1.5;
const STARTS = 5;
const LOOK_MS = 2;
/** Longest wait for something to happen at all, in ms. */
const HANG_MS = 60_000;

Deno.test(`with ${QUEUED} queued mails the program listens within ${LISTENING_MS} ms`, async () => {
  await using sink = await startCountingSink({ shut: true });
  await using full = await Place.make(sink);
  await using empty = await Place.make(sink);
  await full.fill();
  await holdsInARound(() => startBoth(full, empty));
  await sink.open();
  await full.resume();
});

/** Starts both in turns, so that what else the machine does strikes both. */
async function startBoth(full: Place, empty: Place): Promise<Figure[]> {
  const took = { full: [] as Start[], empty: [] as Start[] };
  for (let turn = 0; turn < STARTS; turn++) {
    took.empty.push(await empty.start());
    took.full.push(await full.start());
  }
  const listening = (starts: readonly Start[]) =>
    percentile(starts.map((start) => start.listeningMs), 0.5);
  for (const [name, starts] of Object.entries(took)) {
    const taking = percentile(starts.map((start) => start.takingMs), 0.5);
    tell(
      `${name} store: listens after ${listening(starts).toFixed(0)} ms, ` +
        `has taken a mail after ${taking.toFixed(0)} ms (medians of ${STARTS})`,
    );
  }
  return [{
    name: `listens with ${QUEUED} queued mails, ms`,
    value: listening(took.full),
    most: most(LISTENING_MS, listening(took.empty), TIMES_EMPTY),
  }];
}

/** How long a start took, from before the process exists. */
interface Start {
  readonly listeningMs: number;
  /** Until a mail had its 250. */
  readonly takingMs: number;
}

/** A folder with a store in which the program is started. */
class Place implements AsyncDisposable {
  readonly #folder: string;
  readonly #port = freePort();
  readonly #sink: CountingSink;
  #mails = 0;

  private constructor(folder: string, sink: CountingSink) {
    this.#folder = folder;
    this.#sink = sink;
  }

  static async make(sink: CountingSink): Promise<Place> {
    const place = new Place(await Deno.makeTempDir({ prefix: "mail2alert-start-" }), sink);
    await Deno.writeTextFile(`${place.#folder}/configuration.yml`, place.#configuration());
    return place;
  }

  /** Fills the queue. */
  async fill(): Promise<void> {
    await this.#run(async () => {
      await sendLoad({
        port: this.#port,
        senders: 20,
        next: () => this.#mails < QUEUED ? { id: this.#nextId() } : null,
        answered: ({ id }, answer) => {
          assert.match(answer.kind === "answered" ? answer.reply : answer.kind, /^250 /, id);
        },
      });
    });
  }

  /** Starts the program, sends a mail, and ends it. */
  start(): Promise<Start> {
    const began = performance.now();
    return this.#run(async () => {
      using sender = new LoadSender(this.#port);
      let cut = 0;
      const listens = async () => {
        const { kind } = await sender.noop();
        // The look whether the port is free lets one in for some microseconds (`lib/smtp/bind.ts`).
        if (kind === "cut") assert.equal(++cut, 1, "connections were cut off at the start");
        return kind === "answered";
      };
      await until(listens, { what: "an open port", withinMs: HANG_MS, everyMs: LOOK_MS });
      const listeningMs = performance.now() - began;
      const taken = async () => {
        const answer = await sender.send({ id: this.#nextId() });
        // A mail that was refused has not been taken, and its number is free.
        if (answer.kind === "answered" && answer.taken) return true;
        this.#mails--;
        return false;
      };
      const wait = { what: "a mail that is taken", withinMs: HANG_MS, everyMs: LOOK_MS };
      await until(taken, wait);
      return { listeningMs, takingMs: performance.now() - began };
    });
  }

  /** Starts the program and waits until the queue is delivered. */
  async resume(): Promise<void> {
    await this.#run(async () => {
      const all = async () => (await this.#sink.counts()).mails >= this.#mails;
      const wait = { what: "the queued mails", withinMs: 300_000, everyMs: 100 };
      await until(all, wait);
    });
    const { mails, copies } = await this.#sink.counts();
    assert.deepEqual({ mails, copies }, { mails: this.#mails, copies: this.#mails });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  #nextId(): string {
    return `${this.#port}-${this.#mails++}`;
  }

  async #run<T>(use: () => Promise<T>): Promise<T> {
    const program = spawnProgram(this.#folder);
    try {
      const used = await use();
      program.kill("SIGTERM");
      const { code } = await within(program.status, { what: "its end", withinMs: HANG_MS });
      assert.equal(code, 0);
      return used;
    } finally {
      kill(program);
      await program.status;
    }
  }

  #configuration(): string {
    return `
local-smtp: 127.0.0.1:${this.#port}
remote-smtp: 127.0.0.1:${this.#sink.port}
ack: queued
store: {path: ${this.#folder}/store}
queue: {first-retry: 1s, max-retry: 2s}
`;
  }
}

function kill(program: Deno.ChildProcess): void {
  try {
    program.kill("SIGKILL");
  } catch (error) {
    // It has ended, as it should.
    if (!(error instanceof TypeError)) throw error;
  }
}
