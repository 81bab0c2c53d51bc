import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { type PanelView, toPanel } from "@sidelight/panel/index.ts";
import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildModel } from "../tools/buildModel.ts";
import { measure } from "../tools/measure.ts";
import { packageSalesforce, type SalesforcePackage } from "../tools/package.ts";
import { placeOf } from "../tools/places.ts";

describe("the deployable package", () => {
  let folder: string;
  let result: SalesforcePackage;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sidelight-salesforce-"));
    result = await packageSalesforce(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("is one zip, built without an org or network", async () => {
    expect(result.file).toBe(join(folder, "sidelight-salesforce.zip"));
    expect((await stat(result.file)).size).toBeGreaterThan(20_000);
  });

  it("has the address of the API in its named credentials", async () => {
    const { file } = await packageSalesforce(join(folder, "addressed"), "https://acme.example/base");
    const entries = unzipSync(await readFile(file));
    const addressOf = (name: string) =>
      /https:[^<]*/.exec(strFromU8(entries[`namedCredentials/${name}.namedCredential`] ?? new Uint8Array()))?.[0];
    expect(addressOf("Sidelight")).toBe("https://acme.example/base");
    expect(addressOf("Sidelight_Notify")).toBe("https://acme.example/base/v1/webhooks/mycompany/salesforce/token");
    expect(Object.keys(entries).sort()).toEqual(Object.keys(unzipSync(await readFile(result.file))).sort());
  });

  it("contains every component", () => {
    expect(result.components).toEqual(
      expect.arrayContaining([
        "ApexClass:SidelightActions",
        "ApexClass:SidelightActions_Test",
        "ApexClass:SidelightCards",
        "ApexClass:SidelightCards_Test",
        "ApexClass:SidelightController",
        "ApexClass:SidelightController_Test",
        "ApexClass:SidelightIdentity",
        "ApexClass:SidelightIdentity_Test",
        "ApexClass:SidelightNotify",
        "ApexClass:SidelightNotify_Test",
        "ApexClass:SidelightTimeline",
        "ApexClass:SidelightTimeline_Test",
        "CustomField:Account.Sidelight_Health__c",
        "CustomField:Account.Sidelight_Highest_Priority__c",
        "CustomField:Account.Sidelight_Last_Active__c",
        "CustomField:Account.Sidelight_Open_Tickets__c",
        "CustomField:Account.Sidelight_Satisfaction__c",
        "CustomField:Account.Sidelight_Sessions_30d__c",
        "CustomField:Activity.Sidelight_External_Id__c",
        "CustomField:Case.Sidelight_External_Id__c",
        "CustomObject:Sidelight_Settings__c",
        "CustomPermission:Sidelight_Setup",
        "ExternalCredential:Sidelight",
        "ExternalCredential:Sidelight_Notify",
        "LightningComponentBundle:sidelightActions",
        "LightningComponentBundle:sidelightActionsModel",
        "LightningComponentBundle:sidelightCards",
        "LightningComponentBundle:sidelightCardsModel",
        "LightningComponentBundle:sidelightContent",
        "LightningComponentBundle:sidelightDetailsModel",
        "LightningComponentBundle:sidelightIdentity",
        "LightningComponentBundle:sidelightIdentityModel",
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

describe("the generated view-model and the sizes", () => {
  let sources: Record<string, string>;
  let folder: string;

  beforeAll(async () => {
    sources = await buildModel({ write: false });
    folder = await mkdtemp(join(tmpdir(), "sidelight-model-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("is readable and within the size that the platform accepts", () => {
    expect(sources["sidelightModel"]).toContain("function panelView(");
    for (const [name, source] of Object.entries(sources)) {
      // The Metadata API rejects a component script of more than 131,072 characters.
      expect(source.length, name).toBeLessThan(131_072);
      // Only types of the contracts are used. Their schemas are not bundled.
      expect(source.replace('from "c/sidelightModel"', ""), name).not.toMatch(/\bfrom ["']|zod/);
    }
  });

  it("has each part of the shared code once, in the first screen or in what loads later", () => {
    const [firstScreen = "", later = ""] = [sources["sidelightModel"], sources["sidelightDetailsModel"]];
    const functionsOf = (source: string) => [...source.matchAll(/^(?:async )?function (\w+)\(/gm)].map(([, name]) => name);
    const filesOf = (source: string) => [...source.matchAll(/^\/\/ (shared\/\S+\.ts)$/gm)].map(([, name]) => name);
    expect(functionsOf(later).length).toBeGreaterThan(20);
    expect(filesOf(later).filter((name) => filesOf(firstScreen).includes(name))).toEqual([]);
    expect(firstScreen).not.toContain("sections/account.ts");
  });

  it("renders the same as the source, without the texts of the Zendesk panel", async () => {
    expect(Object.values(sources).join()).not.toContain("Insert as internal note");
    const { panelView, details } = await importModel(folder, sources);
    const now = Date.parse("2026-11-21T09:00:00Z");
    const comparable = (view: PanelView) => ({ ...view, labels: { ...view.labels, close: null } });
    for (const createContext of Object.values(fixtures)) {
      for (const object of ["Account", "Contact", "Lead", "Opportunity", "Case"] as const) {
        for (const overrides of [{}, { offline: true }, { setup: "credentials_refused" }, { setup: "domain_refused" }] as const) {
          const options = { locale: "en", timeZone: "UTC", now, place: placeOf(object), ...overrides } as const;
          for (const context of [createContext(now), null]) {
            expect(comparable(panelView(context, options, details))).toEqual(comparable(toPanel(context, options)));
          }
        }
      }
    }
  });

  it("stays within the size limits", async () => {
    const { components, styles, model, compressed, details, identity, actions } = await measure();
    expect(components).toBeLessThanOrEqual(40_000);
    expect(styles).toBeLessThan(20_000);
    // View-model and panel session, with the English texts. Other languages are modules of their own.
    expect(model).toBeLessThan(58_000);
    expect(compressed).toBeLessThan(34_500);
    // Loaded once the first values are on the screen.
    expect(details).toBeLessThan(56_000);
    // Loaded when a user corrects a customer.
    expect(identity).toBeLessThan(30_000);
    // Loaded once the panel is filled.
    expect(actions).toBeLessThan(45_000);
  });
});

type GeneratedModel = Pick<typeof import("../tools/modelEntry.ts"), "panelView"> &
  Pick<typeof import("../tools/detailsEntry.ts"), "details">;

/** The generated modules, which name each other as the platform does. */
async function importModel(folder: string, sources: Record<string, string>): Promise<GeneratedModel> {
  for (const name of ["sidelightModel", "sidelightDetailsModel"]) {
    await writeFile(
      join(folder, `${name}.mjs`),
      (sources[name] ?? "").replaceAll('"c/sidelightModel"', '"./sidelightModel.mjs"'),
    );
  }
  // In the order of the component: what loads later adds its texts to the first screen's.
  const model = await import(join(folder, "sidelightModel.mjs"));
  const later = await import(join(folder, "sidelightDetailsModel.mjs"));
  return { ...model, ...later };
}
