import type { LabTenant } from "../../lab/simulators/lab.ts";
import type { ConfigTree } from "../../support/house.ts";
import { openTee } from "../../support/tee.ts";
import type { Exchange } from "../exchange.ts";

/** Keeps what passes between somebody and the simulators of Zendesk and Mixpanel. */
export interface Recorder {
  exchanges: Exchange[];
  /** Leads the product past the recorder: for acme, the other tenant differs in nothing. */
  configure(config: ConfigTree): void;
  /** The tenant as a client sees it through the recorder. */
  through(tenant: LabTenant): LabTenant;
  close(): Promise<void>;
}

export async function openRecorder(): Promise<Recorder> {
  const exchanges: Exchange[] = [];
  const note = (exchange: Exchange): void => void exchanges.push(exchange);
  const [zendesk, mixpanel] = await Promise.all([openTee("zendesk", note), openTee("mixpanel", note)]);
  return {
    exchanges,
    configure(config) {
      for (const { platform, settings } of config.tenants.acme.connections) {
        if (platform === "zendesk") settings.url = zendesk.to(settings.url);
        if (platform === "mixpanel") settings.queryUrl = settings.exportUrl = settings.ingestUrl = mixpanel.to(settings.queryUrl);
      }
    },
    through: (tenant) => ({
      ...tenant,
      zendesk: { ...tenant.zendesk, url: zendesk.to(tenant.zendesk.url) },
      mixpanel: { ...tenant.mixpanel, url: mixpanel.to(tenant.mixpanel.url) },
    }),
    async close() {
      await Promise.all([zendesk.close(), mixpanel.close()]);
    },
  };
}
