import type { ConfigVersion } from "@sidelight/contracts/config/configuration.ts";
import { listVersions } from "../../store/tables/configVersions.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { configVersionView } from "./configVersionView.ts";

export interface ConfigVersionListInput extends PageInput {
  /** start, reload, rollback or change. */
  origin?: string | undefined;
  /** Activated at or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Versions that were active, newest first. */
export const listConfigVersions = defineService(
  "operate",
  ({ served }: ServiceContext, { origin, since, ...page }: ConfigVersionListInput): Promise<Page<ConfigVersion>> =>
    pageByOffset(page, (slice) => listVersions(served.tenant.log.store, { ...slice, origin, since }), configVersionView),
);
