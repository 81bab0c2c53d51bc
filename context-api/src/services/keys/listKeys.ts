import { type ListedKey, listApiKeys } from "../../store/apiKeys.ts";
import { defineService, type ServiceContext } from "../service.ts";

/** The tenant's API keys, oldest first, without their secrets. */
export const listKeys = defineService(
  "operate",
  ({ served }: ServiceContext, _input: Record<never, never>): Promise<ListedKey[]> => listApiKeys(served.tenant.log.store),
);
