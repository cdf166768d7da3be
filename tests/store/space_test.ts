import assert from "node:assert/strict";
import { startLog, stopLog } from "../../lib/log.ts";
import { SpaceGuard } from "../../lib/store/space.ts";

Deno.test("SpaceGuard.look() says how much is free and how much must be", async () => {
  const problem = await new SpaceGuard(Deno.cwd(), 1e18).look();
  assert.equal(problem?.code, "store-full");
  assert.match(problem?.reason ?? "", /^\d+ MB free on .*, store\.min-free is 1000000000000 MB/);
});

Deno.test("SpaceGuard.look() logs once that space is scarce, and once that it is not any more", async () => {
  const lines: string[] = [];
  startLog("INFO", (line) => lines.push(line));
  const free = [5e6, 1e6, 0, 2e6, 3e6, 1e6];
  const guard = new SpaceGuard("/store", 2e6, () => Promise.resolve(free.shift() ?? 0));
  try {
    const looks = await Array.fromAsync({ length: free.length }, () => guard.look());
    assert.deepEqual(looks.map((problem) => problem === null), [
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
  } finally {
    stopLog();
  }
  assert.equal(lines.length, 3, lines.join("\n"));
  assert.match(
    lines[0] ?? "",
    /ERROR.* no mail is taken: too little .* reason="1 MB free on .*min-free/,
  );
  assert.match(lines[1] ?? "", /INFO.* mail is taken again/);
  assert.match(lines[2] ?? "", /ERROR.* no mail is taken/);
});

for (
  const { name, folder, minFree } of [
    { name: "when enough is free", folder: Deno.cwd(), minFree: 1 },
    { name: "when there is no guard", folder: Deno.cwd(), minFree: 0 },
    { name: "when the folder is missing", folder: "/nonexistent/store", minFree: 1e18 },
  ]
) {
  Deno.test(`SpaceGuard.look() finds nothing wrong ${name}`, async () => {
    assert.equal(await new SpaceGuard(folder, minFree).look(), null);
  });
}

Deno.test({
  name: "SpaceGuard.look() does without the permission",
  permissions: { read: true, sys: ["hostname"] },
  async fn() {
    const guard = new SpaceGuard(Deno.cwd(), 1e18);
    assert.equal(await guard.look(), null);
    assert.equal(await guard.look(), null);
  },
});
