import { countStrikes } from "../../../store/tables/identityStrikes.ts";
import type { AlertFinding, AlertRule } from "./rule.ts";

/** Why identifiers join no records, where a person should know. */
const causes = {
  over_cap: (count: number, holders: number) =>
    `${identifiers(count)} held by more than 50 records, up to ${holders}: most are placeholders or addresses of an office.`,
  unrelated: (count: number) => `${domains(count)} claimed by companies that have nothing to do with each other.`,
};

/** Identifiers that name no customer, so that records with them stay apart. One alert per cause. */
export const identifiersStruck: AlertRule = {
  kind: "identifiers_struck",
  nextAction:
    "Read them under Identity review in the console. Correct the records at their platform, or name the values in identity.evidence of the configuration.",
  async find({ served: { tenant }, now }) {
    const counts = await countStrikes(tenant.log.store, Object.keys(causes));
    return counts.map(({ reason, count, holders }): AlertFinding => {
      const cause = causes[reason as keyof typeof causes](count, holders);
      const message = `${cause} They join no records.`;
      return { severity: "warning", connection: "", subject: reason, message, cause, since: now, count };
    });
  },
};

const identifiers = (count: number): string => (count === 1 ? "1 identifier is" : `${count} identifiers are`);
const domains = (count: number): string => (count === 1 ? "1 web domain is" : `${count} web domains are`);
