import type { ConfigTree } from "../../harness/harness.ts";
import type { LabTenant } from "../../lab/simulators/lab.ts";
import type { Exchange } from "../exchange.ts";
import { openRecordingProxy } from "./recordingProxy.ts";

/** Records the exchanges between a client and the simulators of Zendesk and Mixpanel. */
export interface Recorder {
  exchanges: Exchange[];
  /** Routes the product's requests through the recorder, for acme only: the other tenant sends the same requests. */
  configure(config: ConfigTree): void;
  /** The tenant as a client sees it through the recorder. */
  through(tenant: LabTenant): LabTenant;
  close(): Promise<void>;
}

export async function openRecorder(): Promise<Recorder> {
  const exchanges: Exchange[] = [];
  const note = (exchange: Exchange): void => void exchanges.push(exchange);
  const [zendesk, mixpanel] = await Promise.all([openRecordingProxy("zendesk", note), openRecordingProxy("mixpanel", note)]);
  return {
    exchanges,
    configure(config) {
      for (const { platform, settings } of config.tenants.acme.connections) {
        if (platform === "zendesk") settings.url = zendesk.forwardTo(settings.url);
        if (platform === "mixpanel")
          settings.queryUrl = settings.exportUrl = settings.ingestUrl = mixpanel.forwardTo(settings.queryUrl);
      }
    },
    through: (tenant) => ({
      ...tenant,
      zendesk: { ...tenant.zendesk, url: zendesk.forwardTo(tenant.zendesk.url) },
      mixpanel: { ...tenant.mixpanel, url: mixpanel.forwardTo(tenant.mixpanel.url) },
    }),
    async close() {
      await Promise.all([zendesk.close(), mixpanel.close()]);
    },
  };
}
