import assert from "node:assert/strict";
import { SpaceGuard } from "../../lib/store/space.ts";

Deno.test("SpaceGuard.look() says how much is free and how much must be", async () => {
  const problem = await new SpaceGuard(Deno.cwd(), 1e18).look();
  assert.equal(problem?.code, "store-full");
  assert.match(problem?.reason ?? "", /^\d+ MB free on .*, store\.min-free is 1000000000000 MB/);
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
