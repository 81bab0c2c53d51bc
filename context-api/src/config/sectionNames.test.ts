import { describe, expect, it } from "vitest";
import { TenantConfig } from "./schema.ts";
import { sectionNameIssues } from "./sectionNames.ts";

const issuesOf = (config: object): string[] =>
  sectionNameIssues(TenantConfig.parse(config), ["orders"], ["billing"], ["field:supportTier"]).map(
    ({ path, message }) => `${(path ?? []).join(".")}: ${message}`,
  );

describe("names of sections in a configuration", () => {
  it("are those of the product, of the deployment, and of cards", () => {
    const sections = ["account", "support", "product", "health", "timeline", "notes", "billing", "cards", "orders"];
    expect(
      issuesOf({ roles: { agent: { sections } }, panel: { layouts: [{ sections, labels: { arr: { en: "Value" } } }] } }),
    ).toEqual([]);
  });

  it("are reported with their place when they do not exist, in rights and layouts", () => {
    expect(
      issuesOf({
        roles: { agent: { sections: ["acount"] } },
        people: { "zendesk.user:7": { role: "agent", sections: ["account", "tickets"] }, "zendesk.user:8": "agent" },
        permissionSets: { Sidelight_User: { role: "rep", sections: ["invoices"] } },
        panel: { layouts: [{ sections: ["orders", "order"], labels: { revenue: { en: "Value" } } }] },
      }),
    ).toEqual([
      "roles.agent.sections.0: acount is not a section; did you mean account?",
      "people.zendesk.user:7.sections.1: tickets is not a section",
      "permissionSets.Sidelight_User.sections.0: invoices is not a section",
      "panel.layouts.0.sections.1: order is not a section; did you mean orders?",
      "panel.layouts.0.labels.revenue: revenue is not a fact or a section",
    ]);
  });
});
