import type { Lab, LabTenant } from "../../lab/simulators/lab.ts";
import { mixpanelClient, tinyLab, zendeskClient } from "../../lab/simulators/testing.ts";
import type { Exchange } from "../exchange.ts";
import { callMixpanel } from "./mixpanel.ts";
import { openRecorder } from "./recorder.ts";
import { callZendesk } from "./zendesk.ts";

/** Calls every operation of the simulators directly, writes and refusals included. */
export async function runLab(): Promise<Exchange[]> {
  const recorder = await openRecorder();
  const { lab, acme, clock } = await tinyLab({ limits: { zendesk: { ticketUpdatesPerMinute: 8 } } });
  try {
    const tenant = recorder.through(acme);
    await callZendesk(tenant);
    await callMixpanel(tenant, clock.now());
    clock.advance(3_600_000);
    await meetFaults(lab, tenant);
  } finally {
    await lab.close();
    await recorder.close();
  }
  return recorder.exchanges;
}

/** A fault must look like the platform's own error. */
async function meetFaults({ faults }: Lab, tenant: LabTenant): Promise<void> {
  const [zendesk, mixpanel] = [await zendeskClient(tenant), mixpanelClient(tenant)];
  const project = `project_id=${tenant.mixpanel.credentials.projectId}`;
  for (const fault of [
    { kind: "rate_limit" },
    { kind: "error", status: 500 },
    { kind: "error", status: 503 },
    { kind: "expired_token" },
  ] as const) {
    for (const platform of ["zendesk", "mixpanel"] as const) faults.add({ platform, rate: 1, seed: 1, ...fault });
    await zendesk("GET", "/api/v2/users/me");
    await mixpanel("POST", `/api/query/engage?${project}`);
    faults.clear();
  }
}
