import type { Canary } from "@sidelight/contracts/config/canary.ts";
import { type CanaryState, listCanaries as listCanaryRows } from "../../store/tables/canaries.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { canaryView } from "./canaryView.ts";

/** Canaries, newest first. */
export const listCanaries = defineService(
  "operate",
  ({ served }: ServiceContext, { state, ...page }: PageInput & { state?: CanaryState | undefined }): Promise<Page<Canary>> =>
    pageByOffset(page, (slice) => listCanaryRows(served.tenant.log.store, { ...slice, state }), canaryView),
);
