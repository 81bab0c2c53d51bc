import type { Action, Attachment, Creation, DescribedPerson } from "@sidelight/platform-kit/action.ts";
import type { Tenant } from "../context/tenant.ts";
import { type InputRecord, inputRecord } from "../identity/matching/inputRecord.ts";
import { type CreationDecision, decideCreation } from "../linking/creationDecision.ts";
import { type FoundPeople, findMatches } from "../linking/findMatches.ts";
import { currentModel } from "../linking/models.ts";
import { loadStoredKeys } from "../store/tables/projections.ts";

/** An effect about whose person the store is asked. */
export interface CheckedEffect {
  action: Pick<Action, "creates" | "attaches">;
  input: unknown;
  /** Ref of the person that the effect is about. */
  about: string;
}

/** What the store says about an effect. */
export type CheckedCreation =
  /** It is performed with this input. */
  | { verdict: "perform"; input: unknown }
  /** Its record exists: nothing is created. */
  | { verdict: "use"; ref: string }
  | AskedCreation;

/** The matches have records of the same kind at the target: a person has to decide. */
export interface AskedCreation {
  verdict: "ask";
  found: FoundPeople;
  matches: FoundPeople["matches"];
  modelVersion: string;
}

/** Looks for the people of effects before they are sent. */
export interface CreationChecks {
  /**
   * One result for each effect, in order. Effects that are checked together share queries.
   * @param connection id of the target
   * @throws {StoreLostError} and other errors of the store
   */
  check(connection: string, effects: readonly CheckedEffect[]): Promise<CheckedCreation[]>;
}

export function openCreationChecks(tenant: Pick<Tenant, "log" | "config">): CreationChecks {
  return {
    async check(connection, effects) {
      const links = effects.map(linkOf);
      const present = await presentRefs(tenant, links);
      const sought = links.map((link) => (link && !(link.present !== null && present.has(link.present)) ? link : null));
      const people = sought.flatMap((link, i) =>
        link ? [{ record: recordOf(link.person, link.object), about: effects[i]?.about ?? null }] : [],
      );
      if (people.length === 0) return effects.map(({ input }) => ({ verdict: "perform", input }));
      const { log } = tenant;
      const model = await currentModel(log);
      const results = (await findMatches({ log, config: tenant.config, model }, people)).values();
      const isLinking = tenant.config.identity.automatic === "link";
      return effects.map(({ input }, i): CheckedCreation => {
        const link = sought[i];
        const people = link ? results.next().value : undefined;
        if (!link || !people) return { verdict: "perform", input };
        const decision = decideCreation(people, { object: link.object, connection }, isLinking);
        if (decision.decision === "ask" && link.isLoose)
          return { verdict: "ask", found: people, matches: decision.matches, modelVersion: model.version };
        return verdictOf(link, input, decision);
      });
    },
  };
}

/** A creation or an attachment. */
type Link = Creation &
  Pick<Attachment<unknown>, "present" | "account" | "isLoose"> & { attachTo: Attachment<unknown>["attachTo"] | null };

function linkOf({ action, input }: CheckedEffect): Link | null {
  const creation = action.creates?.(input);
  if (creation) return { ...creation, present: null, account: null, isLoose: true, attachTo: null };
  return action.attaches?.(input) ?? null;
}

/** Those of the named refs whose record is stored. */
async function presentRefs({ log }: Pick<Tenant, "log">, links: readonly (Link | null)[]): Promise<Set<string>> {
  const refs = links.flatMap((link) => link?.present ?? []);
  if (refs.length === 0) return new Set();
  const storedKeys = await loadStoredKeys(log.store, refs.map(log.key));
  return new Set(refs.filter((ref) => storedKeys.has(log.key(ref))));
}

const recordOf = ({ name, emails, phones }: DescribedPerson, object: string): InputRecord =>
  inputRecord.parse({ id: "created", platform: object.slice(0, object.indexOf(".")), name, emails, phones });

function verdictOf(link: Link, input: unknown, decision: CreationDecision): CheckedCreation {
  if (decision.decision !== "use") return { verdict: "perform", input };
  const { record } = decision;
  if (!link.attachTo) return { verdict: "use", ref: record.ref };
  const accounts = record.edges.filter(({ rel }) => rel === "account").map(({ to }) => to);
  // A contact of another account would move the object there.
  const isOfAccount = link.account === null || accounts.length === 0 || accounts.includes(link.account);
  return { verdict: "perform", input: isOfAccount ? link.attachTo(record.ref) : input };
}
