/**
 * The table of packs, by the `type` of the manager that uses them.
 *
 * @module
 */

import type { ManagerConfig } from "../../config/types.ts";
import { gocdPack } from "./gocd.ts";
import { mailPack } from "./mail.ts";
import type { Pack } from "./pack.ts";

/** Every pack; a manager's `type` is one of the keys. */
export const PACKS: Readonly<Record<ManagerConfig["type"], Pack>> = {
  gocd: gocdPack,
  mail: mailPack,
};
