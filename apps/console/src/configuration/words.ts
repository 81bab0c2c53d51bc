import type { ConfigVersion } from "@sidelight/contracts/config/configuration.ts";

export const originWords: Readonly<Record<ConfigVersion["origin"], string>> = {
  start: "Start of the server",
  reload: "Change of the files",
  rollback: "Rollback",
  change: "Change by a person",
};
