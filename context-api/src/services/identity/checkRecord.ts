import type { CheckRequest, CheckResult } from "@sidelight/contracts/identity/check.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { inputRecord } from "../../identity/matching/inputRecord.ts";
import { decideCreation, recordAt } from "../../linking/creationDecision.ts";
import { findMatches } from "../../linking/findMatches.ts";
import { currentModel } from "../../linking/models.ts";
import { defineService, type ServiceContext } from "../service.ts";

/**
 * Whether a record that is about to be created exists already, in the store as it is now. `use`: the first match is it. `create`: nothing
 * matches, or no match has a record of the target. `ask`: a person has to decide.
 */
export const checkRecord = defineService(
  "identify",
  async ({ served, actor }: ServiceContext, { record, target }: CheckRequest): Promise<CheckResult> => {
    const { log, config } = served.tenant;
    await log.whenProjected();
    const sought = { record: inputRecord.parse({ ...record, id: "checked" }), about: null };
    const [people = { own: null, matches: [] }] = await findMatches({ log, config, model: await currentModel(log) }, [sought]);
    const place = target === undefined ? null : { object: target, connection: null };
    const { decision } = decideCreation(people, place, config.identity.automatic === "link");
    const matches = people.matches.map(({ node, records, best, confidence, reasons }) => ({
      id: `person:${node}`,
      ref: (recordAt(records, place, best) ?? best).ref,
      confidence: Number(confidence.toFixed(4)),
      reasons: reasons.map(({ rule, text }) => ({ rule, text, records: [best.ref], values: [] })),
    }));
    return maskDeep({ decision, matches }, actor.rights).value;
  },
);
