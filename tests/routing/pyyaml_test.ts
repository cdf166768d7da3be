/**
 * Holds lib/routing/pyyaml.ts to what PyYAML 6.0.3 wrote: `golden/pyyaml.jsonl` was made with
 * `yaml.dump(value, default_flow_style=False, Dumper=…)`, aliases switched off.
 *
 * @module
 */

import assert from "node:assert/strict";
import { formatYaml, type YamlValue } from "../../lib/routing/pyyaml.ts";

interface Golden {
  readonly value: YamlValue;
  readonly yaml: string;
}

Deno.test("formatYaml() writes every value as PyYAML does", async () => {
  const text = await Deno.readTextFile(new URL("golden/pyyaml.jsonl", import.meta.url));
  const lines = text.trimEnd().split("\n");
  assert.ok(lines.length > 300);
  for (const [index, line] of lines.entries()) {
    const { value, yaml }: Golden = JSON.parse(line);
    assert.equal(formatYaml(value), yaml, `line ${index + 1}`);
  }
});
