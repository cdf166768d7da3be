/** Configuration files on disk. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { configurationPath, loadConfiguration, parseConfiguration } from "../../lib/config/load.ts";
import { RelayError } from "../../lib/errors.ts";

const BASE = "local-smtp: localhost:1025\nremote-smtp: localhost:8025\n";
const nothing = () => undefined;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-config-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The message of a refusal, without the folder. */
async function refusalOf(path: string): Promise<string> {
  try {
    await loadConfiguration(path, nothing);
  } catch (error) {
    assert.ok(error instanceof RelayError && error.code === "config-invalid", String(error));
    return error.message.replaceAll(`${path}`, "FILE");
  }
  return "accepted";
}

const REMEDY = "; name another file with --config FILE or in the environment variable " +
  "MAIL2ALERT_CONFIGURATION, or begin with a copy of config.example.yaml";

Deno.test("configurationPath() takes the option, then the variable, then the default", () => {
  const variable = (value?: string) => (name: string) =>
    name === "MAIL2ALERT_CONFIGURATION" ? value : undefined;
  assert.equal(configurationPath("a.yaml", variable("b.yaml")), "a.yaml");
  assert.equal(configurationPath(undefined, variable("b.yaml")), "b.yaml");
  assert.equal(configurationPath(undefined, variable("")), "configuration.yml");
  assert.equal(configurationPath(undefined, variable()), "configuration.yml");
});

Deno.test("loadConfiguration() says where it looked and what to do without a file", async () => {
  await inFolder(async (folder) => {
    assert.equal(await refusalOf(`${folder}/none.yaml`), `FILE: there is no such file${REMEDY}`);
    assert.equal(await refusalOf(folder), `FILE: not a file${REMEDY}`);
  });
});

Deno.test("loadConfiguration() refuses a file that is too large or not UTF-8", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/large.yaml`, "#".repeat(1_048_577));
    assert.equal(
      await refusalOf(`${folder}/large.yaml`),
      `FILE: 1048577 octets: over 1048576${REMEDY}`,
    );
    await Deno.writeFile(`${folder}/latin1.yaml`, Uint8Array.of(0x23, 0xe5, 0x0a));
    assert.equal(await refusalOf(`${folder}/latin1.yaml`), `FILE: not UTF-8 text${REMEDY}`);
  });
});

Deno.test("loadConfiguration() reads secrets beside the file, less one newline", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/one`, "pelle\n");
    await Deno.writeTextFile(`${folder}/two`, " pelle\r\n\n");
    const manager = (name: string, file: string) =>
      `  - {name: ${name}, type: gocd, url: http://localhost, user: olle, passwd-file: ${file},
      messages-we-want: {to: a@example.com}, otherwise: []}\n`;
    const text = `${BASE}managers:\n${manager("a", "one")}${manager("b", `${folder}/two`)}`;
    await Deno.writeTextFile(`${folder}/c.yaml`, text);
    const { managers } = await loadConfiguration(`${folder}/c.yaml`, nothing);
    assert.deepEqual(managers.map(({ gocd }) => gocd?.basic?.password), ["pelle", " pelle\r\n"]);
  });
});

/** What to do about a file that the configuration names, and that is not there. */
const CREATE_IT = ": create it, or correct its path, which begins at the folder of this file";

const secretFiles = [
  {
    name: "missing",
    content: null,
    reason: `the file of the secret: there is no such file${CREATE_IT}`,
  },
  {
    name: "empty",
    content: "\n",
    reason: "the file of the secret: empty: write the secret into it",
  },
  {
    name: "long",
    content: "x".repeat(16_385),
    reason: "the file of the secret: over 16384 octets: name a smaller file",
  },
  {
    name: "words",
    content: "pelle kalle",
    reason: "the file holds no token: expected one word, without a blank",
  },
];

for (const { name, content, reason } of secretFiles) {
  Deno.test(`loadConfiguration() refuses a secret whose file is ${name}`, async () => {
    await inFolder(async (folder) => {
      if (content !== null) await Deno.writeTextFile(`${folder}/${name}`, content);
      await Deno.writeTextFile(`${folder}/c.yaml`, `${BASE}slack-token-file: ${name}\n`);
      assert.equal(
        await refusalOf(`${folder}/c.yaml`),
        `FILE:3: slack-token-file: "${name}": ${reason}`,
      );
    });
  });
}

Deno.test("loadConfiguration() finds sample mails beside the file, and says which", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/c.yaml`;
    const test = "{mail: {file: mails/a.eml}, expect: {actions: []}}";
    await Deno.writeTextFile(path, `${BASE}tests: [${test}]\n`);
    assert.equal(
      await refusalOf(path),
      `FILE:3: tests[0].mail.file: "mails/a.eml": there is no such file${CREATE_IT}`,
    );
    await Deno.mkdir(`${folder}/mails/a.eml`, { recursive: true });
    assert.match(await refusalOf(path), /"mails\/a\.eml": not a file: name a file$/);
    await Deno.remove(`${folder}/mails/a.eml`);
    await Deno.writeTextFile(`${folder}/mails/a.eml`, "Subject: x\r\n\r\n");
    const named: string[][] = [];
    const { tests } = await loadConfiguration(path, nothing, (...file) => named.push(file));
    const file = `${folder}/mails/a.eml`;
    assert.deepEqual(named, [[file, "sample"]]);
    assert.deepEqual(tests[0]?.mail, { kind: "file", path: file, to: [] });
  });
});

Deno.test("loadConfiguration() reads header fields from files, which hold no templates", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/c.yaml`;
    const lookup = "{url: https://x.example, headers: {X-Key-File: key}}";
    await Deno.writeTextFile(path, `${BASE}lookups: {a: ${lookup}}\n`);
    await Deno.writeTextFile(`${folder}/key`, "pelle\n");
    const [a] = (await loadConfiguration(path, nothing)).lookups;
    assert.deepEqual(a?.headers.map(({ name, value }) => [name, value.text]), [["x-key", "pelle"]]);
    for (const key of ["{{mail.subject}}", "pelle\nkalle", "päll"]) {
      await Deno.writeTextFile(`${folder}/key`, key);
      assert.equal(
        await refusalOf(path),
        'FILE:3: lookups.a.headers.X-Key-File: "key": the file holds no value: expected letters ' +
          "of ASCII, on one line",
      );
    }
  });
});

Deno.test("loadConfiguration() tells a variable that it may not read from one not set", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/c.yaml`, `${BASE}store: {path: $STORE}\n`);
    const refuse = () => {
      throw new Deno.errors.NotCapable("env");
    };
    await assert.rejects(() => loadConfiguration(`${folder}/c.yaml`, refuse), {
      code: "config-invalid",
      message: `${folder}/c.yaml: this program was not given the permission to read variables ` +
        "(--allow-env)",
    });
  });
});

Deno.test("loadConfiguration() takes the machine's name only if it is a domain name", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/c.yaml`, BASE);
    const { hostname } = await loadConfiguration(`${folder}/c.yaml`, nothing);
    assert.equal(hostname, Deno.hostname().includes(".") ? Deno.hostname() : "localhost");
  });
});

Deno.test("parseConfiguration() throws nothing but RelayError, whatever the text", () => {
  const line = fc.constantFrom(
    "local-smtp: localhost:1025",
    "local-smtp:",
    "  - listen: localhost:25",
    "    allow: [::1]",
    "remote-smtp: mx.example.com",
    "remote-smtp: {server: $A}",
    "limits: {idle: 5m}",
    "queue: {first-retry: 2h, delay-notice: 0}",
    "history: full",
    "on-failure:",
    "managers:",
    "  - name: gocd",
    "    url: http://localhost",
    "    messages-we-want: {to: a@example.com}",
    "    rules:",
    "      - actions: [discard]",
    "        filter: {function: pipelines.any, args: []}",
    "        filter:",
    "          function: mail.in_subject",
    "          args: [a, [b], {c: d}, ]",
    "          events:",
    "  - <<: *x",
    "  - &x {}",
    "- ",
    "{",
    "}",
    "'",
    "a: [",
    "]",
    "__proto__: {name: 1}",
    "constructor: x",
    "toString:",
    "? [a]",
    "\tx: y",
    "…: \u{1f600}",
    "<<: [1]",
    "---",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 20 }), (lines) => {
      try {
        parseConfiguration("c", lines.join("\n"), (name) => name === "A" ? "x" : undefined);
      } catch (error) {
        assert.ok(error instanceof RelayError && error.code === "config-invalid", String(error));
        const count = lines.join("\n").split("\n").length;
        for (const [, at = ""] of error.message.matchAll(/^c:(\d+): ./gm)) {
          assert.ok(Number(at) >= 1 && Number(at) <= count, error.message);
        }
      }
    }),
    { numRuns: 500 },
  );
});
