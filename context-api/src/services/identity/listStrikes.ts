import type { Strike } from "@sidelight/contracts/identity/evidence.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { listStrikeViews } from "./strikeView.ts";

/** Identifiers that join no records because they do not identify one customer, those with most holders first. */
export const listStrikes = defineService(
  "identify",
  async ({ served, actor }: ServiceContext, page: PageInput): Promise<Page<Strike>> =>
    await pageByOffset(
      page,
      (slice) => listStrikeViews(served.tenant.log, slice),
      (strike) => maskDeep(strike, actor.rights).value,
    ),
);
