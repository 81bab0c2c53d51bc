import type { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import { defineService, type ServiceContext } from "../service.ts";

/** The active configuration, and what is wrong with the files. */
export const getConfig = defineService(
  "operate",
  ({ served }: ServiceContext, _input: Record<never, never>): ConfigStatus => served.configuration.status(),
);
