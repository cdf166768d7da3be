/**
 * A short campaign, and what the campaigns are made of. The long one is `deno task fuzz`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseDialog } from "../support/dialog_player.ts";
import { runCampaign } from "./campaign.ts";
import { generateSession, STAGES } from "./client_script.ts";
import { Dice } from "./dice.ts";
import { differenceOf, type Failure, HANG_MS, lateness } from "./failure.ts";
import { problemsOf } from "./play_client.ts";
import { Stalls } from "./stalls.ts";
import { textOf, WrongServer } from "./server_script.ts";
import { transcriptOf } from "./transcript.ts";

/** A seed that nobody has tried before; the name of the test tells it. */
const fresh = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;

for (const seed of [20_261_122, fresh]) {
  Deno.test(`300 sessions from seed ${seed} on (deno task fuzz --seed ${seed} --runs 300)`, async () => {
    const { failures } = await runCampaign({ seed, runs: 300, abreast: 30 });
    assert.deepEqual(failures, []);
  });
}

Deno.test("the dice of one seed fall the same way, those of another do not", () => {
  const row = (seed: number) => {
    const dice = new Dice(seed);
    return Array.from({ length: 20 }, () => dice.next());
  };
  assert.deepEqual(row(7), row(7));
  assert.notDeepEqual(row(7), row(8));
  assert.ok(row(9).every((number) => number >= 0 && number < 1));
  // Fixed for good: a seed that found something must find it again in years.
  const first = [1, 2, 3].map((seed) => new Dice(seed).below(1_000_000));
  assert.deepEqual(first, [627_073, 734_250, 720_226]);
});

Deno.test("generateSession() makes the same of the same seed, and all kinds of all seeds", () => {
  const scripts = Array.from({ length: 500 }, (_, seed) => generateSession(seed));
  assert.deepEqual(scripts, Array.from({ length: 500 }, (_, seed) => generateSession(seed)));
  assert.deepEqual(new Set(scripts.map(({ stage }) => stage)), new Set(STAGES));
  const said = scripts.map(({ turns }) => turns.join("")).join("");
  for (const what of ["STARTTLS", "AUTH LOGIN", "BDAT ", " LAST", "\0", "\n.\n", "XCLIENT"]) {
    assert.ok(said.includes(what), what);
  }
  // deno-lint-ignore no-control-regex -- all octets are meant
  assert.match(said, /^[\x00-\xff]*$/, "not octets");
});

Deno.test("WrongServer says the same for the same seed and commands, and some are right", () => {
  const course = (seed: number) => {
    const server = new WrongServer(seed);
    const commands = ["EHLO a\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<a@b>\r\n", "DATA\r\n", ".\r\n"];
    return [server.greet(), ...commands.map((command) => server.hear(command))];
  };
  const courses = Array.from({ length: 200 }, (_, seed) => course(seed));
  assert.deepEqual(courses, Array.from({ length: 200 }, (_, seed) => course(seed)));
  const last = courses.map((deeds) => textOf(deeds.at(-1) ?? []));
  assert.ok(last.filter((text) => text === "250 2.0.0 Taken\r\n").length > 50);
});

/** A campaign of one session. */
interface Course {
  readonly name: string;
  /** How the session goes at each try, by its first letter. */
  readonly kinds: string;
  readonly stalled?: true;
  /** Failures, and what was slow once. */
  readonly counts: string;
}

const courses: readonly Course[] = [
  { name: "all is well", kinds: "", counts: "0 0" },
  { name: "wrong once", kinds: "w", counts: "1 0" },
  { name: "wrong again", kinds: "ww", counts: "1 0" },
  { name: "odd once", kinds: "o", counts: "1 0" },
  { name: "slow once", kinds: "s", counts: "0 1" },
  { name: "slow again", kinds: "ss", counts: "1 0" },
  { name: "slow again at the third try", kinds: "s--s", counts: "1 0" },
  { name: "slow and then wrong", kinds: "sw", counts: "1 0" },
  { name: "odd on a machine that stalls", kinds: "oo", stalled: true, counts: "0 1" },
  { name: "slow again on a machine that stalls", kinds: "ssss", stalled: true, counts: "0 1" },
  { name: "wrong on a machine that stalls", kinds: "w", stalled: true, counts: "1 0" },
];

for (const { name, kinds, stalled = false, counts } of courses) {
  Deno.test(`runCampaign() counts failures and what was slow once: ${name}`, async () => {
    let tries = 0;
    const play = (): Promise<Failure | null> => {
      const kind = ({ w: "wrong", s: "slow", o: "odd" } as const)[kinds[tries++] ?? "-"];
      return Promise.resolve(kind ? { kind, transcript: `# ${kind}\n` } : null);
    };
    const { failures, once } = await runCampaign({
      seed: 1,
      runs: 1,
      play,
      stalls: { since: () => stalled },
    });
    assert.equal(`${failures.length} ${once.length}`, counts);
    assert.equal(
      failures.join().includes("not again alone"),
      counts === "1 0" && kinds.length === 1,
    );
  });
}

const TIMEOUT = "421 4.4.2 Nothing was sent for too long, closing\r\n";

const differences = [
  { one: "220 a\r\n250 b\r\n", other: "220 a\r\n500 b\r\n", kind: "odd" },
  { one: "220 a\r\n", other: "220 a\r\n250 b\r\n", kind: "odd" },
  { one: `220 a\r\n${TIMEOUT}`, other: `220 a\r\n250 b\r\n221 c\r\n${TIMEOUT}`, kind: "slow" },
  { one: `220 a\r\n250 b\r\n221 c\r\n${TIMEOUT}`, other: `220 a\r\n${TIMEOUT}`, kind: "slow" },
  { one: `220 x\r\n${TIMEOUT}`, other: `220 a\r\n250 b\r\n${TIMEOUT}`, kind: "odd" },
] as const;

for (const { one, other, kind } of differences) {
  Deno.test(`differenceOf() calls ${JSON.stringify([one, other])} ${kind}`, () => {
    assert.equal(differenceOf(one, other), kind);
  });
}

Deno.test("Stalls.since() tells of a process that stood still, from then on", async () => {
  using stalls = new Stalls();
  const begun = performance.now();
  await new Promise((resolve) => setTimeout(resolve));
  while (performance.now() < begun + 400);
  assert.ok(stalls.since(begun));
  const seen = performance.now();
  assert.ok(stalls.since(seen + 2_500));
  assert.ok(!stalls.since(seen + 60_000));
});

Deno.test("lateness() bears a stall, and no hang", () => {
  const counts = [999, 1_000, 1_001, HANG_MS - 1, HANG_MS].map((tookMs) => {
    const { wrong, slow } = lateness("closed", { tookMs, mayMs: 1_000 });
    return [wrong.length, slow.length];
  });
  assert.deepEqual(counts, [[0, 0], [0, 0], [0, 1], [0, 1], [1, 0]]);
});

const outputs = [
  { output: "220 a\r\n250-b\r\n250 c\r\n", problems: [] },
  { output: "220 2.0.0 Begin the TLS handshake\r\n\x15\x03\x03", problems: [] },
  { output: "", problems: [] },
  { output: "220 a", problems: [/half a line/] },
  { output: "120 a\r\n", problems: [/no reply line/] },
  { output: "250 a\tb\r\n", problems: [/no reply line/] },
  { output: `250 ${"a".repeat(506)}\r\n`, problems: [] },
  { output: `250 ${"a".repeat(507)}\r\n`, problems: [/no reply line/] },
  { output: "250-a\r\n", problems: [/reply 250 not ended/] },
  { output: "250-a\r\n354 b\r\n", problems: [/reply 250 not ended/] },
];

for (const { output, problems } of outputs) {
  Deno.test(`problemsOf() judges ${JSON.stringify(output.slice(0, 40))}, ${output.length}`, () => {
    const found = problemsOf(output);
    assert.equal(found.length, problems.length, String(found));
    for (const [index, pattern] of problems.entries()) assert.match(found[index] ?? "", pattern);
  });
}

Deno.test("transcriptOf() writes what the dialog player reads", () => {
  const transcript = transcriptOf({
    comment: "seed 1:\nodd",
    wishes: "lenient=1",
    said: [
      { who: "S", text: "220 a\r\n" },
      { who: "C", text: "NOOP\r\nNO\\OP\0\xff\n\r\tx" },
      { who: "S", text: "250-b\r\n250 c\r\n" },
    ],
  });
  assert.deepEqual(parseDialog("x", transcript).map(({ mark, text }) => `${mark} ${text}`), [
    "=  lenient=1",
    "S: 220 a",
    "C: NOOP",
    "C* NO\\\\OP\\0\\xff\\n",
    "C* \\r\\tx",
    "S: 250-b",
    "S: 250 c",
  ]);
});
