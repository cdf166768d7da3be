/** What `check` finds out about a store, and that it leaves it as it was. @module */

import assert from "node:assert/strict";
import { examineStore } from "../../lib/cli/store_check.ts";
import { inWorld } from "../support/command_world.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is said about a path, with the folder's own name left out. */
async function examine(folder: string, name: string, minFreeOctets = 0) {
  const store = { path: `${folder}${name}`, minFreeOctets };
  const found = await examineStore(store, { write: true });
  const short = (text: string) => text.replaceAll(folder, "");
  return { place: short(found.place), problems: found.problems.map(short) };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

Deno.test("examineStore() finds nothing wrong with a store, and leaves it as it was", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/queue.db`, "as it was");
    assert.deepEqual(await examine(folder, "/"), { place: "store ", problems: [] });
    assert.deepEqual(await namesIn(folder), ["queue.db"]);
    assert.equal(await Deno.readTextFile(`${folder}/queue.db`), "as it was");
  }));

Deno.test("examineStore() makes no store that is not there yet", () =>
  inFolder(async (folder) => {
    assert.deepEqual(await examine(folder, "/a/b"), {
      place: "store /a/b (not there yet: the first start makes it)",
      problems: [],
    });
    assert.deepEqual(await namesIn(folder), []);
  }));

Deno.test("examineStore() finds a file where the store or a folder above it is to be", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    assert.deepEqual((await examine(folder, "/file")).problems, [
      "/file is no folder: move the file away, or name another one as store.path",
    ]);
    assert.deepEqual((await examine(folder, "/file/a/b")).problems, [
      "/file/a/b cannot be made: /file is no folder: name another one as store.path",
    ]);
  }));

Deno.test("examineStore() finds a path that leads nowhere", () =>
  inFolder(async (folder) => {
    await Deno.symlink("circle", `${folder}/circle`);
    const { problems } = await examine(folder, "/circle/store");
    assert.match(problems.join("\n"), /^\/circle\/store cannot be reached: .*; is check run by/);
  }));

Deno.test("examineStore() finds a database that cannot be written to, even by root", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/queue.db`);
    assert.match(
      (await examine(folder, "")).problems.join("\n"),
      /^ cannot be written to: .*; make it writable for the user that runs mail2alert/,
    );
  }));

Deno.test("examineStore() tries writing only where it is asked to", () =>
  inFolder(async (folder) => {
    // The longest path that there is has 4,095 octets: queue.db still fits, a trial file does not.
    const path = `${folder}${"/x".padEnd(200, "x").repeat(30)}`.slice(0, 4_084).replace(/\/$/, "x");
    await Deno.mkdir(path, { recursive: true });
    const store = { path, minFreeOctets: 0 };
    assert.deepEqual((await examineStore(store, { write: false })).problems, []);
    const { problems } = await examineStore(store, { write: true });
    assert.match(problems.join("\n"), / cannot be written to: /);
  }));

Deno.test("examineStore() finds a disk with too little space, also before the store is there", () =>
  inFolder(async (folder) => {
    for (const name of ["", "/a/b"]) {
      const { problems } = await examine(folder, name, 1e18);
      assert.match(
        problems.join("\n"),
        /^\d+ MB free on its disk, store\.min-free is 1000000000000 MB: no mail is taken/,
      );
    }
  }));

Deno.test("check warns of a wrong store, and exits 1 with --probe", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const text = await Deno.readTextFile(configuration);
    const path = `${folder}/broken.eml`;
    await Deno.writeTextFile(configuration, text.replace("/var/lib/mail2alert", path));
    const problem = `store: ${path} is no folder: move the file away, or name another one as ` +
      "store.path\n";
    assert.equal(await run("check", "--config", configuration), 0);
    assert.equal(terminal.stderr(), `${configuration}: warning: ${problem}`);
    assert.equal(await run("check", "--probe", "--config", configuration), 1);
    assert.ok(terminal.stderr().endsWith(`\n${problem}`), terminal.stderr());
    assert.ok(terminal.stdout().includes(`\nstore ${path}\n`), terminal.stdout());
  }));

Deno.test("check says in full where a relative store is", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    const text = await Deno.readTextFile(configuration);
    await Deno.writeTextFile(configuration, text.replace("/var/lib/mail2alert", "./no-store"));
    assert.equal(await run("check", "--config", configuration), 0);
    assert.ok(terminal.stdout().includes(`\nstore ${Deno.cwd()}/no-store (`), terminal.stdout());
  }));
