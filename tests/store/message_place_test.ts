import assert from "node:assert/strict";
import { MessagePlace } from "../../lib/store/message_place.ts";

async function withPlace(test: (place: MessagePlace, folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a`, "octets");
    await test(new MessagePlace(`${folder}/a`), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function textAt(place: MessagePlace): Promise<string> {
  using file = await place.open();
  const buffer = new Uint8Array(20);
  const count = await file.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
}

Deno.test("MessagePlace.open() finds the file while it moves to and fro", () =>
  withPlace(async (place, folder) => {
    let moving = true;
    let reads = 0;
    const moves = (async () => {
      for (let turn = 0; turn < 50 || reads < 2; turn++) {
        await place.move(`${folder}/b`, true);
        await place.move(`${folder}/a`, false);
      }
      moving = false;
    })();
    while (moving) {
      assert.deepEqual(await Promise.all([textAt(place), textAt(place)]), ["octets", "octets"]);
      reads++;
    }
    await moves;
  }));

Deno.test("MessagePlace.open() follows a file that moves while it is being opened", () =>
  withPlace(async (place, folder) => {
    const { open } = Deno;
    Deno.open = async (path, options) => {
      Deno.open = open;
      await place.move(`${folder}/b`, true);
      return await open(path, options);
    };
    try {
      assert.equal(await textAt(place), "octets");
    } finally {
      Deno.open = open;
    }
  }));

Deno.test("MessagePlace.open() finds a file that moved there and back while it was being opened", () =>
  withPlace(async (place, folder) => {
    const { open } = Deno;
    Deno.open = async (path, options) => {
      Deno.open = open;
      await place.move(`${folder}/b`, true);
      const opened = open(path, options);
      await assert.rejects(opened, Deno.errors.NotFound);
      await place.move(`${folder}/a`, false);
      return await opened;
    };
    try {
      assert.equal(await textAt(place), "octets");
    } finally {
      Deno.open = open;
    }
  }));

Deno.test("MessagePlace.open() tells that the file is gone", () =>
  withPlace(async (place) => {
    await place.remove();
    await assert.rejects(() => place.open(), Deno.errors.NotFound);
  }));

Deno.test("MessagePlace.remove() leaves what the store has taken over, and takes what it gave back", () =>
  withPlace(async (place, folder) => {
    await place.move(`${folder}/b`, true);
    await place.remove();
    assert.equal(await textAt(place), "octets");
    await place.move(`${folder}/a`, false);
    await place.remove();
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("MessagePlace.move() that fails leaves the file where it was", () =>
  withPlace(async (place, folder) => {
    await assert.rejects(() => place.move(`${folder}/none/b`, true), Deno.errors.NotFound);
    assert.equal(place.path, `${folder}/a`);
    await place.remove();
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));
