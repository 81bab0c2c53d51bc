import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type RoleKeys = Record<"admin" | "agent" | "rep" | "service", string>;

/** What a webhook's sender needs to know; ours to make up, as an administrator would on the platform's own pages. */
export interface WebhookSecrets {
  token: Record<"zendesk" | "salesforce" | "salesforceCallout" | "mixpanel" | "generic", string>;
  zendesk: string;
  salesforceCallout: string;
  generic: string;
  mixpanel: { username: string; password: string };
}

/** Kept between two starts, so that the second contradicts nothing. */
export interface LabState {
  /** Of the world that the store was filled from. */
  anchor: number;
  pagesPort: number;
  tenants: Record<string, { keys?: RoleKeys; webhooks: WebhookSecrets; jwtSecret: string }>;
}

const file = (dataDir: string): string => join(dataDir, "lab-state.json");

export function loadState(dataDir: string): LabState | null {
  return existsSync(file(dataDir)) ? (JSON.parse(readFileSync(file(dataDir), "utf8")) as LabState) : null;
}

export const saveState = (dataDir: string, state: LabState): void => writeSecret(file(dataDir), JSON.stringify(state, null, 2));

/** By rename and readable by its owner alone: nobody sees half of it. */
export function writeSecret(path: string, text: string): void {
  writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

const text = (bytes: number): string => randomBytes(bytes).toString("base64url");

export function newTenantState(): LabState["tenants"][string] {
  return {
    jwtSecret: text(32),
    webhooks: {
      token: {
        zendesk: text(18),
        salesforce: text(18),
        salesforceCallout: text(18),
        mixpanel: text(18),
        generic: text(18),
      },
      zendesk: randomBytes(32).toString("base64"),
      // Standard Webhooks: the prefix says that base64 follows.
      salesforceCallout: `whsec_${randomBytes(32).toString("base64")}`,
      generic: `whsec_${randomBytes(32).toString("base64")}`,
      mixpanel: { username: "sidelight", password: text(24) },
    },
  };
}
