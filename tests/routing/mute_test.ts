/** When nobody is told: windows by the wall clock of a time zone. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { MuteWindow } from "../../lib/config/types.ts";
import { mutedBy } from "../../lib/routing/mute.ts";

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const HOUR_MS = 3_600_000;

function windowOf(rest: Partial<MuteWindow>): MuteWindow {
  return {
    text: "a window",
    days: EVERY_DAY,
    fromMinute: 0,
    toMinute: 1_440,
    timeZone: "Europe/Berlin",
    ...rest,
  };
}

const NIGHT = windowOf({ fromMinute: 22 * 60, toMinute: 6 * 60 });
const FRIDAY_NIGHT = windowOf({ days: [5], fromMinute: 22 * 60, toMinute: 6 * 60 });
const WEEKEND = windowOf({ days: [6, 0] });
const LUNCH = windowOf({ fromMinute: 12 * 60, toMinute: 13 * 60 });
const CHANGE = windowOf({ fromMinute: 2 * 60, toMinute: 3 * 60 });
const KATHMANDU = windowOf({ fromMinute: 12 * 60, toMinute: 13 * 60, timeZone: "Asia/Kathmandu" });

const cases = [
  {
    name: "the first minute of a window",
    window: LUNCH,
    at: "2026-07-01T12:00:00+02:00",
    is: true,
  },
  { name: "the last second", window: LUNCH, at: "2026-07-01T12:59:59+02:00", is: true },
  { name: "its end", window: LUNCH, at: "2026-07-01T13:00:00+02:00", is: false },
  { name: "the same hour of another zone", window: LUNCH, at: "2026-07-01T12:30:00Z", is: false },
  { name: "a zone of odd minutes", window: KATHMANDU, at: "2026-07-01T06:15:00Z", is: true },
  {
    name: "a zone of odd minutes, before",
    window: KATHMANDU,
    at: "2026-07-01T06:14:59Z",
    is: false,
  },
  { name: "late evening of a night", window: NIGHT, at: "2026-07-01T23:59:00+02:00", is: true },
  { name: "midnight of a night", window: NIGHT, at: "2026-07-02T00:00:00+02:00", is: true },
  { name: "the morning after", window: NIGHT, at: "2026-07-02T05:59:00+02:00", is: true },
  { name: "the day after", window: NIGHT, at: "2026-07-02T06:00:00+02:00", is: false },
  { name: "Friday night", window: FRIDAY_NIGHT, at: "2026-11-20T22:30:00+01:00", is: true },
  {
    name: "Saturday morning of Friday's window",
    window: FRIDAY_NIGHT,
    at: "2026-11-21T05:00:00+01:00",
    is: true,
  },
  {
    name: "Friday morning, which is Thursday's",
    window: FRIDAY_NIGHT,
    at: "2026-11-20T05:00:00+01:00",
    is: false,
  },
  { name: "Saturday night", window: FRIDAY_NIGHT, at: "2026-11-21T22:30:00+01:00", is: false },
  { name: "Saturday", window: WEEKEND, at: "2026-11-21T00:00:00+01:00", is: true },
  { name: "Sunday's last second", window: WEEKEND, at: "2026-11-22T23:59:59+01:00", is: true },
  { name: "Monday", window: WEEKEND, at: "2026-11-23T00:00:00+01:00", is: false },
  {
    name: "Sunday in Berlin, still Saturday in UTC",
    window: windowOf({ days: [0] }),
    at: "2026-11-21T23:30:00Z",
    is: true,
  },
  {
    name: "the hour before clocks go forward",
    window: CHANGE,
    at: "2026-03-29T01:59:59+01:00",
    is: false,
  },
  { name: "the hour that is left out", window: CHANGE, at: "2026-03-29T03:00:00+02:00", is: false },
  {
    name: "an hour that comes twice, first",
    window: CHANGE,
    at: "2026-10-25T02:30:00+02:00",
    is: true,
  },
  {
    name: "an hour that comes twice, again",
    window: CHANGE,
    at: "2026-10-25T02:30:00+01:00",
    is: true,
  },
];

for (const { name, window, at, is } of cases) {
  Deno.test(`mutedBy() at ${name}: ${is}`, () => {
    assert.equal(mutedBy([window], Date.parse(at)), is ? window : null);
  });
}

Deno.test("mutedBy() names the first window that holds; without windows there is none", () => {
  assert.equal(mutedBy([], 0), null);
  assert.equal(
    mutedBy([FRIDAY_NIGHT, WEEKEND, NIGHT], Date.parse("2026-11-21T23:00:00+01:00")),
    WEEKEND,
  );
});

Deno.test("mutedBy() of a window and of what is left of the day: always exactly one", () => {
  const minute = fc.integer({ min: 0, max: 1_439 });
  const at = fc.integer({ min: 0, max: 400_000 }).map((hours) => hours * HOUR_MS);
  fc.assert(fc.property(minute, minute, at, (from, to, atMs) => {
    fc.pre(from !== to);
    const window = windowOf({ fromMinute: from, toMinute: to, timeZone: "America/New_York" });
    const rest = windowOf({ fromMinute: to, toMinute: from, timeZone: "America/New_York" });
    assert.notEqual(mutedBy([window], atMs) === null, mutedBy([rest], atMs) === null);
  }));
});

Deno.test("mutedBy() takes no part of a second from one moment of a minute to another", () => {
  const at = (time: string) => mutedBy([LUNCH], Date.parse(`2026-07-01T${time}+02:00`));
  assert.deepEqual([at("12:00:30.900"), at("12:00:00.100")], [LUNCH, LUNCH]);
  assert.deepEqual([at("13:00:30.900"), at("13:00:00.100")], [null, null]);
});

/** How often the runtime is asked for the wall clock of a zone while something is done. */
function readings(act: () => void): number {
  const { formatToParts } = Intl.DateTimeFormat.prototype;
  let count = 0;
  Intl.DateTimeFormat.prototype.formatToParts = function (at) {
    count++;
    return formatToParts.call(this, at);
  };
  try {
    act();
  } finally {
    Intl.DateTimeFormat.prototype.formatToParts = formatToParts;
  }
  return count;
}

Deno.test("mutedBy() reads the clock of a zone once a minute, however many windows there are", () => {
  const at = Date.parse("2026-07-01T15:00:00+02:00");
  const tokyo = windowOf({ fromMinute: 0, toMinute: 1, timeZone: "Asia/Tokyo" });
  const windows = Array.from({ length: 100 }, () => [LUNCH, tokyo, KATHMANDU]).flat();
  const ask = (atMs: number) => readings(() => assert.equal(mutedBy(windows, atMs), null));
  assert.equal(ask(at), 3);
  assert.equal(ask(at + 59_999), 0);
  assert.equal(ask(at + 60_000), 3);
  assert.equal(ask(at), 3);
});
