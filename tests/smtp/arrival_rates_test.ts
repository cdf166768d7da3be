import assert from "node:assert/strict";
import fc from "fast-check";
import { ArrivalRates } from "../../lib/smtp/arrival_rates.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("ArrivalRates.count() lets nobody begin more than the limit in any 60 s", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 30_000 }), fc.boolean()), {
    maxLength: 100,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), steps, (limit, waits) => {
      const clock = new FakeClock();
      const rates = new ArrivalRates(limit, clock);
      const begun: number[] = [];
      for (const [waitMs, fast] of waits) {
        clock.advance(fast ? waitMs % 100 : waitMs);
        const recent = begun.filter((at) => at > clock.now() - 60_000).length;
        const lately = begun.filter((at) => at > clock.now() - 70_000).length;
        const counted = rates.count("192.0.2.1");
        if (counted) begun.push(clock.now());
        assert.ok(!counted || recent < limit, "over the limit");
        assert.ok(counted || lately >= limit, "refused below the limit");
      }
    }),
  );
});

Deno.test("ArrivalRates forgets nobody, however many come", () => {
  const rates = new ArrivalRates(3, new FakeClock());
  for (let time = 0; time < 3; time++) assert.equal(rates.count("192.0.2.1"), true);
  for (let peer = 0; peer < 20_000; peer++) rates.count(`2001:db8:0:${peer.toString(16)}::/64`);
  assert.equal(rates.count("192.0.2.1"), false);
});

Deno.test("ArrivalRates tells peers apart while others fill a tenth of its counters", () => {
  const rates = new ArrivalRates(1, new FakeClock());
  let refused = 0;
  for (let peer = 0; peer < 800; peer++) {
    if (!rates.count(`10.0.${peer >> 8}.${peer & 255}`)) refused++;
  }
  // Each has both its counters taken with a chance of less than a hundredth.
  assert.ok(refused < 20, `${refused} refused`);
});

Deno.test("ArrivalRates.count() is right again after a silence of any length", () => {
  const clock = new FakeClock();
  const rates = new ArrivalRates(2, clock);
  for (const silenceMs of [70_000, 75_000, 130_000, 140_000, 86_400_000]) {
    assert.deepEqual([1, 2, 3].map(() => rates.count("192.0.2.1")), [true, true, false]);
    clock.advance(silenceMs);
  }
});
