import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type RoleKeys = Record<"admin" | "agent" | "rep" | "service", string>;

/** Tokens and secrets of the webhooks, as an administrator would create them on the platforms' pages. */
export interface WebhookSecrets {
  token: Record<"zendesk" | "salesforce" | "salesforceCallout" | "mixpanel" | "generic", string>;
  zendesk: string;
  salesforceCallout: string;
  generic: string;
  mixpanel: { username: string; password: string };
}

/** What a second start has to find again. */
export interface LabState {
  /** Anchor of the world that filled the store. */
  anchor: number;
  pagesPort: number;
  tenants: Record<string, { keys?: RoleKeys; webhooks: WebhookSecrets; jwtSecret: string }>;
}

const file = (dataDir: string): string => join(dataDir, "lab-state.json");

export function loadState(dataDir: string): LabState | null {
  return existsSync(file(dataDir)) ? (JSON.parse(readFileSync(file(dataDir), "utf8")) as LabState) : null;
}

export const saveState = (dataDir: string, state: LabState): void => writeSecret(file(dataDir), JSON.stringify(state, null, 2));

/** Writes by rename, so that a reader never sees half of the file; readable by its owner only. */
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
      // Standard Webhooks marks base64 with this prefix.
      salesforceCallout: `whsec_${randomBytes(32).toString("base64")}`,
      generic: `whsec_${randomBytes(32).toString("base64")}`,
      mixpanel: { username: "sidelight", password: text(24) },
    },
  };
}
