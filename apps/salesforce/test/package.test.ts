import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { type PanelView, toPanel } from "@sidelight/panel/index.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildModel } from "../tools/build-model.ts";
import { measure } from "../tools/measure.ts";
import { packageSalesforce, type SalesforcePackage } from "../tools/package.ts";

describe("the deployable package", () => {
  let folder: string;
  let made: SalesforcePackage;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sidelight-salesforce-"));
    made = await packageSalesforce(folder);
  }, 30_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("is made without an org and without a network, as one zip", async () => {
    expect(made.file).toBe(join(folder, "sidelight-salesforce.zip"));
    expect((await stat(made.file)).size).toBeGreaterThan(20_000);
  });

  it("holds everything an org needs", () => {
    expect(made.components).toEqual(
      expect.arrayContaining([
        "ApexClass:SidelightController",
        "ApexClass:SidelightController_Test",
        "ApexClass:SidelightNotify",
        "ApexClass:SidelightNotify_Test",
        "CustomField:Account.Sidelight_Highest_Priority__c",
        "CustomField:Account.Sidelight_Open_Tickets__c",
        "CustomField:Activity.Sidelight_External_Id__c",
        "CustomField:Case.Sidelight_External_Id__c",
        "CustomObject:Sidelight_Settings__c",
        "CustomPermission:Sidelight_Setup",
        "ExternalCredential:Sidelight",
        "ExternalCredential:Sidelight_Notify",
        "LightningComponentBundle:sidelightModel",
        "LightningComponentBundle:sidelightPanel",
        "NamedCredential:Sidelight",
        "NamedCredential:Sidelight_Notify",
        "PermissionSet:Sidelight_Admin",
        "PermissionSet:Sidelight_Integration",
        "PermissionSet:Sidelight_Notify",
        "PermissionSet:Sidelight_User",
      ]),
    );
  });
});

describe("what the org loads", () => {
  it("is a view-model that can be read, in a file that the platform takes", async () => {
    const source = await buildModel({ write: false });
    expect(source).toContain("function toPanel(");
    // The Metadata API refuses a component's script above 131,072 characters.
    expect(source.length).toBeLessThan(131_072);
    // Types only: the contract's schemas stay on the server.
    expect(source).not.toMatch(/\bfrom ["']|zod/);
  });

  it("shows what the view-model shows, though without the texts that only Zendesk has", async () => {
    const source = await buildModel({ write: false });
    expect(source).not.toContain("Insert as internal note");
    const model: { toPanel: typeof toPanel } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
    const now = Date.parse("2026-11-21T09:00:00Z");
    const shown = (view: PanelView) => ({ ...view, labels: { ...view.labels, insert: null } });
    for (const make of Object.values(fixtures)) {
      for (const object of ["account", "contact", "lead", "opportunity", "case"] as const) {
        for (const more of [{}, { offline: true }, { setup: "credentials_refused" }, { setup: "domain_refused" }] as const) {
          const options = { locale: "en", timeZone: "UTC", now, place: `salesforce.${object}`, ...more } as const;
          for (const context of [make(now), null]) {
            expect(shown(model.toPanel(context, options))).toEqual(shown(toPanel(context, options)));
          }
        }
      }
    }
  });

  it("stays within its budget", async () => {
    const { components, styles, model, compressed } = await measure();
    expect(components).toBeLessThanOrEqual(40_000);
    expect(styles).toBeLessThan(20_000);
    expect(model).toBeLessThan(50_000);
    expect(compressed).toBeLessThan(32_000);
  });
});
