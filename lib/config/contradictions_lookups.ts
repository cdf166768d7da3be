/**
 * What the keys of lookups mean together.
 *
 * @module
 */

import { readNetwork } from "./endpoint.ts";
import { hostOf, wrongHeaderName } from "./lookup_url.ts";
import { isAllowed, privateNetworkOf } from "./private_network.ts";
import { isLookupName, type Problem } from "./problems.ts";
import { VALUE } from "./reading.ts";
import { itemsOf, repeated, textOf } from "./_tree.ts";
import { isMapping, type YamlMapping } from "./yaml.ts";

/** Finds what contradicts itself in the lookups of a tree. */
export function inLookups(lookups: YamlMapping): readonly Problem[] {
  return Object.entries(lookups).flatMap(([name, lookup]) => {
    const path = ["lookups", name];
    const unnamed = isLookupName(name) ? [] : [{
      path,
      text: "not a name that conditions can say: expected small letters, digits and _, such as " +
        "service_owner",
    }];
    if (!isMapping(lookup)) return unnamed;
    return [...unnamed, ...inAllow(lookup, path), ...inHeaders(lookup, path)];
  });
}

/** Whether the host is private and not listed. */
function inAllow(lookup: YamlMapping, path: Problem["path"]): readonly Problem[] {
  const host = hostOf(textOf(lookup.url) ?? "");
  const allow = itemsOf(lookup.allow).filter((item) => typeof item === "string");
  if (host === null || allow.some((network) => readNetwork(network).kind === "problem")) return [];
  const network = privateNetworkOf(host);
  if (network === null || isAllowed(host, allow)) return [];
  return [{
    path: [...path, "url"],
    text: `${VALUE}: the host is in a private network: add allow: ["${network}"] if a lookup may ` +
      "reach it",
  }];
}

function inHeaders(lookup: YamlMapping, path: Problem["path"]): readonly Problem[] {
  if (!isMapping(lookup.headers)) return [];
  const keys = Object.keys(lookup.headers);
  const names = keys.map((key) => key.replace(/-file$/i, "").toLowerCase());
  const at = (index: number) => [...path, "headers", keys[index] ?? ""];
  const wrong = names.flatMap((name, index) => {
    const text = wrongHeaderName(name);
    return text === null ? [] : [{ path: at(index), text }];
  });
  const twice = repeated(names).map((index) => ({
    path: at(index),
    text: "this header field is there already: remove one of the two",
  }));
  return [...wrong, ...twice];
}
