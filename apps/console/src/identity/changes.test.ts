import { SidelightError } from "@sidelight/client";
import type { MergeRequest } from "@sidelight/contracts/identity/changes.ts";
import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import { describe, expect, it } from "vitest";
import type { Session } from "../session/session.ts";
import { accept } from "./changes.ts";
import { countCustomers, joinedCustomers } from "./joinedCustomers.ts";

const pair = (id: string, leftId: string, rightId: string) =>
  ({ id, left: { id: leftId }, right: { id: rightId } }) as Suggestion;
/** Three customers that are suggested in pairs, and two others. */
const suggestions = [pair("1", "a", "b"), pair("2", "b", "c"), pair("3", "a", "c"), pair("4", "d", "e")];

/** A session whose API refuses to merge what is one customer already, and what `refused` names. */
function sessionWith(refusedId: string | null = null) {
  const merges: string[] = [];
  const client = {
    async mergeIdentities({ into, from, values }: MergeRequest) {
      if (from === refusedId) throw new SidelightError("conflict", "These records changed.");
      merges.push(`${into}+${from}${values ? ` ${JSON.stringify(values)}` : ""}`);
      return { decisions: [{ id: `dec_${merges.length}` }] };
    },
  };
  const session = { client, run: (call: (c: unknown) => unknown) => call(client) } as unknown as Session;
  return { session, merges };
}

describe("a batch of suggestions about the same customers", () => {
  it("is accepted without a second merge of what is one customer by then", async () => {
    const { session, merges } = sessionWith();
    const result = await accept(session, suggestions, { joined: joinedCustomers(), progress() {} });
    expect(merges).toEqual(["a+b", "b+c", "d+e"]);
    expect(result).toEqual({ decided: ["1", "2", "3", "4"], decisions: ["dec_1", "dec_2", "dec_3"], problem: "" });
  });

  it("is accepted with the values that a person chose, also of what is one customer by then", async () => {
    const { session, merges } = sessionWith();
    const chosenValues = { "1": { name: "zendesk.user:1" }, "3": { email: "zendesk.user:2" }, "4": {} };
    await accept(session, suggestions, { joined: joinedCustomers(), chosenValues, progress() {} });
    expect(merges).toEqual(['a+b {"name":"zendesk.user:1"}', "b+c", 'a+c {"email":"zendesk.user:2"}', "d+e"]);
  });

  it("stops at the first refusal, with what was decided before", async () => {
    const { session } = sessionWith("c");
    const { decided, problem } = await accept(session, suggestions, { joined: joinedCustomers(), progress() {} });
    expect(decided).toEqual(["1"]);
    expect(problem).toBe("These records changed.");
  });

  it("says how many customers remain", () => {
    expect(countCustomers(suggestions)).toEqual({ before: 5, after: 2 });
  });
});
