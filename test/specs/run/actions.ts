import { mixpanel } from "@sidelight/mixpanel/index.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";
import { mixpanelSettings, openActionBench, zendeskSettings } from "../../harness/actionBench.ts";
import type { LabTenant } from "../../lab/simulators/lab.ts";
import { tinyLab } from "../../lab/simulators/testing.ts";
import type { Recorder } from "./recorder.ts";

/** Performs every action of the product at Zendesk and Mixpanel. */
export async function doEverything(recorder: Recorder): Promise<void> {
  const { lab, acme, clock } = await tinyLab();
  try {
    const tenant = recorder.through(acme);
    const support = openActionBench(zendesk, ...partsOf(zendeskSettings(tenant)), clock);
    const product = openActionBench(mixpanel, ...partsOf(mixpanelSettings(tenant)), clock);
    await inZendesk(
      (name, ...inputs) =>
        support.perform(
          name,
          inputs.map((input) => ({ input })),
        ),
      acme,
    );
    await product.perform("track", [
      { input: { distinctId: "u_000000", event: "Ticket Created", properties: { priority: "high" } } },
    ]);
    await product.perform("track", [{ at: 1, input: { distinctId: "u_000000", event: "Long ago" } }]);
    await product.perform("set-profile", [{ input: { distinctId: "u_000000", set: { plan: "growth" } } }]);
    await product.perform("set-group", [{ input: { groupKey: "company_id", groupId: "made", set: { plan: "growth" } } }]);
    await Promise.all([support.close(), product.close()]);
  } finally {
    await lab.close();
  }
}

const partsOf = <S>({ settings, secrets }: { settings: S; secrets: Record<string, string> }) => [settings, secrets] as const;

async function inZendesk(perform: (name: string, ...inputs: object[]) => Promise<unknown>, { world }: LabTenant): Promise<void> {
  const [a, b] = [...world.zendesk.tickets.values()].filter((ticket) => ticket.status === "open");
  const fields = [
    { id: world.ids.zendesk.field("account_arr"), value: 12.5 },
    { id: world.ids.zendesk.field("churn_risk"), value: true },
    { id: world.ids.zendesk.field("renewal_date"), value: null },
  ];
  await perform("set-ticket-fields", { ticket: a!.id, fields });
  await perform("set-ticket-fields", { ticket: a!.id, fields }, { ticket: b!.id, fields });
  await perform("add-internal-note", { ticket: a!.id, body: "Renewal in May." });
  await perform("add-user-tags", { user: world.people[0]!.email, tags: ["completed_onboarding"] });
  const user = { email: "lead@made.example", name: "Lead", phone: "+49301234567", externalId: "lead-1" };
  await perform("create-user", user);
  await perform("create-user", user);
  await perform("create-user", { ...user, email: "other@made.example" });
}
