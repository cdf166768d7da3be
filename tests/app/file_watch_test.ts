/** Watching files: what counts as a change, and when it is told. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { SeenFiles } from "../../lib/app/file_states.ts";
import { FileWatch, type FolderWatch } from "../../lib/app/file_watch.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { until } from "../support/wait.ts";

/** A watch on one file in a folder of its own, by a clock that stands still. */
interface Stage {
  readonly folder: string;
  readonly file: string;
  readonly clock: FakeClock;
  /** How often a change was told. */
  told(): number;
  /** Lets time pass in steps of the shortest wait, each with all looks that it brings. */
  pass(ms: number): Promise<void>;
  /** Takes the file for known as it is. */
  know(): void;
  /** What the kernel would say. */
  happen(name: string): void;
}

async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "file-watch-" });
  const file = join(folder, "configuration.yml");
  await Deno.writeTextFile(file, "first");
  const clock = new FakeClock();
  const kernel = fakeKernel();
  let told = 0;
  const watch = new FileWatch({
    clock,
    changed: () => void told++,
    watchFolders: () => kernel.watch,
  });
  const know = () => {
    const seen = new SeenFiles();
    seen.see(file);
    watch.know(seen.states);
  };
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      // A look plans the next one when it is done.
      await until(() => clock.pending > 0, { what: "the next look to be planned", everyMs: 0 });
    }
  };
  know();
  try {
    const happen = (name: string) => kernel.happen(join(folder, name));
    await play({ folder, file, clock, told: () => told, pass, know, happen });
  } finally {
    await watch.end();
    await Deno.remove(folder, { recursive: true });
  }
  assert.equal(clock.pending, 0, "a timer is left");
}

function fakeKernel() {
  let waiting: (() => void) | undefined;
  const events: string[] = [];
  let closed = false;
  const wake = () => {
    waiting?.();
    waiting = undefined;
  };
  const watch: FolderWatch = {
    close: () => {
      closed = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      while (!closed) {
        const path = events.shift();
        if (path !== undefined) yield { paths: [path] };
        else await new Promise<void>((resolve) => waiting = resolve);
      }
    },
  };
  return {
    watch,
    happen: (path: string) => {
      events.push(path);
      wake();
    },
  };
}

Deno.test("FileWatch tells of a change once, without any word of the kernel", () =>
  onStage(async ({ file, told, pass }) => {
    await pass(5_000);
    assert.equal(told(), 0);
    await Deno.writeTextFile(file, "second");
    await pass(5_000);
    assert.equal(told(), 1);
    await pass(5_000);
    assert.equal(told(), 1);
  }));

Deno.test("FileWatch waits until a file that is being written has come to rest", () =>
  onStage(async ({ file, told, pass }) => {
    for (let length = 0; length < 40; length++) {
      await Deno.writeTextFile(file, "x".repeat(100 + length));
      await pass(200);
      assert.equal(told(), 0, `told after ${length} pieces`);
    }
    await pass(3_000);
    assert.equal(told(), 1);
  }));

Deno.test("FileWatch looks at once when the kernel says so, and tells half a second later", () =>
  onStage(async ({ file, told, pass, happen }) => {
    await Deno.writeTextFile(file, "second");
    happen("configuration.yml");
    await new Promise((resolve) => setTimeout(resolve));
    await pass(500);
    assert.equal(told(), 0);
    await pass(200);
    assert.equal(told(), 1);
  }));

Deno.test("FileWatch does not look for what happens to other files of the folder", () =>
  onStage(async ({ file, told, pass, happen }) => {
    await Deno.writeTextFile(file, "second");
    happen("stderr.log");
    await new Promise((resolve) => setTimeout(resolve));
    await pass(1_900);
    assert.equal(told(), 0);
    await pass(700);
    assert.equal(told(), 1);
  }));

const replacements: readonly {
  readonly name: string;
  replace(stage: Stage): Promise<void>;
}[] = [
  {
    name: "a file that an editor renames over it",
    replace: async ({ folder, file }) => {
      await Deno.writeTextFile(join(folder, "new"), "first");
      await Deno.rename(join(folder, "new"), file);
    },
  },
  { name: "a file that goes away", replace: ({ file }) => Deno.remove(file) },
  {
    name: "a link that leads elsewhere, as Kubernetes turns it",
    replace: async ({ folder, file, know }) => {
      for (const version of ["..1", "..2"]) {
        await Deno.mkdir(join(folder, version));
        await Deno.writeTextFile(join(folder, version, "configuration.yml"), "first");
      }
      await Deno.remove(file);
      await Deno.symlink("..1", join(folder, "..data"));
      await Deno.symlink(join("..data", "configuration.yml"), file);
      know();
      await Deno.symlink("..2", join(folder, "..new"));
      await Deno.rename(join(folder, "..new"), join(folder, "..data"));
    },
  },
];

for (const { name, replace } of replacements) {
  Deno.test(`FileWatch tells of ${name}`, () =>
    onStage(async (stage) => {
      await replace(stage);
      await stage.pass(3_000);
      assert.equal(stage.told(), 1);
    }));
}

Deno.test("FileWatch takes what was read since for known, and a change back for none", () =>
  onStage(async ({ file, told, pass, know }) => {
    await Deno.writeTextFile(file, "second");
    know();
    await pass(3_000);
    assert.equal(told(), 0);
    const { mtime } = await Deno.stat(file);
    await Deno.writeTextFile(file, "longer than before");
    // One look finds it changed; before the next one it is as it was.
    await pass(1_200);
    await Deno.writeTextFile(file, "second");
    await Deno.utime(file, mtime ?? 0, mtime ?? 0);
    await pass(3_000);
    assert.equal(told(), 0);
  }));

Deno.test("FileWatch does without the kernel where it has no watch left", async () => {
  const folder = await Deno.makeTempDir({ prefix: "file-watch-" });
  const file = join(folder, "configuration.yml");
  const clock = new FakeClock();
  const { promise: told, resolve } = Promise.withResolvers<void>();
  const watch = new FileWatch({
    clock,
    changed: resolve,
    watchFolders: () => {
      throw new Error("No space left on device");
    },
  });
  watch.know(new Map([[file, "No such file"]]));
  await Deno.writeTextFile(file, "first");
  let over = false;
  void told.then(() => over = true);
  await until(() => {
    clock.advance(100);
    return over;
  }, { what: "the change to be told" });
  await watch.end();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("FileWatch hears of a change from the real kernel long before it would look", async () => {
  const folder = await Deno.makeTempDir({ prefix: "file-watch-" });
  const file = join(folder, "configuration.yml");
  await Deno.writeTextFile(file, "first");
  const clock = new FakeClock();
  const watch = new FileWatch({ clock, changed: () => {} });
  const seen = new SeenFiles();
  seen.see(file);
  watch.know(seen.states);
  const timers = clock.timersMade;
  await Deno.writeTextFile(file, "second");
  await until(() => clock.timersMade > timers, { what: "an earlier look to be planned" });
  await watch.end();
  await Deno.remove(folder, { recursive: true });
});
