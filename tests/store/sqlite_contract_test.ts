import { openStore } from "../support/store_stage.ts";
import { testStoreContract } from "./contract.ts";

testStoreContract("SqliteStore", async (folder) => {
  const store = openStore(folder);
  await store.opened;
  return store;
});
