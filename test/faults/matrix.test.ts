import { Context } from "@sidelight/contracts/context/context.ts";
import { describe, expect, it } from "vitest";
import { FAULT_KINDS, type FaultKind } from "../lab/simulators/faults.ts";
import type { LabTenant } from "../lab/simulators/lab.ts";
import { PLATFORMS, type Platform } from "../lab/simulators/log.ts";
import { type Answer, type House, openHouse } from "../support/house.ts";
import { passing } from "../support/settle.ts";

// Every platform × every kind of fault × every kind of ref, for customers nobody asked for before. All of it in the full run;
// otherwise each kind of fault once, on one platform after the other.
const isFull = process.env["SIDELIGHT_FULL"] === "1";
const cells = PLATFORMS.flatMap((platform, p) =>
  FAULT_KINDS.flatMap((kind, k) => (isFull || k % PLATFORMS.length === p ? [[platform, kind] as const] : [])),
);
const deadlineMs = 900;
const sectionOf = { salesforce: "account", zendesk: "support", mixpanel: "product" } as const;

/** A ref of each kind, of people and companies that have nothing to do with each other. */
function refsOf({ world }: LabTenant): string[] {
  const { salesforce: sf, zendesk: zd } = world.ids;
  const known = world.people.filter((p) => p.salesforce && p.zendesk && p.mixpanel && p.company !== null && p.tags.length <= 2);
  const companies = [...new Set(known.map((p) => p.company!))];
  const person = (i: number) => known[i % known.length]!;
  const [ticket] = [...world.zendesk.tickets.values()].filter(
    (t) => t.requester_id === zd.user(person(1).index) && t.status !== "deleted",
  );
  const [lead] = world.salesforce.tables.Lead.values();
  const [deal] = world.salesforce.tables.Opportunity.values();
  return [
    `email:${person(0).email}`,
    `zendesk.ticket:${ticket?.id ?? [...world.zendesk.tickets.values()][0]!.id}`,
    `zendesk.user:${zd.user(person(2).index)}`,
    `zendesk.organization:${zd.organization(companies[1]!)}`,
    `salesforce.account:${sf.account(companies[2]!)}`,
    `salesforce.contact:${sf.contact(person(4).index)}`,
    `salesforce.lead:${lead!.Id}`,
    `salesforce.opportunity:${deal!.Id}`,
    `mixpanel.user:${person(5).distinctIds[0]}`,
    `domain:${world.companies[companies[3]!]!.domain}`,
    "phone:+14155550100",
    "email:nobody@nowhere.example",
  ];
}

async function askAll(house: House, refs: string[]): Promise<{ answers: Answer[]; ms: number }> {
  const { value, ms } = await passing(house.clock, Promise.all(refs.map((ref) => house.context(ref))));
  return { answers: value, ms };
}

describe.each(cells)("%s with %s", (platform: Platform, kind: FaultKind) => {
  it("answers every kind of ref in time, tells no lie, and recovers by itself", async () => {
    const house = await openHouse({ pull: false });
    try {
      const refs = refsOf(house.lab.tenants["acme"]!);
      house.lab.faults.add({ platform, kind, rate: 1, ms: 5_000, seed: 11 });
      const { answers, ms } = await askAll(house, refs);
      expect(ms).toBeLessThanOrEqual(deadlineMs + 100);
      for (const [i, { status, body }] of answers.entries()) {
        const ref = refs[i]!;
        expect(status, ref).toBe(200);
        expect(Context.safeParse(body).error, ref).toBeUndefined();
        // Who can't be found while a platform can't be asked, may exist.
        const { state, partial, searched } = body.match;
        const broken = searched.find((s) => s.platform === platform);
        if (state === "none") expect(partial, ref).toBe(broken !== undefined);
        // Nobody is said to be unknown to a platform that gave no answer, nor to one that wasn't asked.
        if (broken) expect(broken.state, ref).toBe("unavailable");
        if (ref.startsWith("phone:")) expect(searched.map((s) => s.platform)).toEqual(["zendesk"]);
        const section = body.sections[sectionOf[platform]];
        if (section?.state === "ok") expect(section.problem, ref).toBeNull();
        if (section && section.data === null && section.state !== "empty" && section.state !== "consent_withheld") {
          expect(["pending", "error"], `${ref} ${section.state}`).toContain(section.state);
        }
      }

      house.lab.faults.clear();
      // Past every wait that a platform may have asked for.
      house.clock.advance(20 * 60_000);
      for (let pass = 0; pass < 2; pass++) {
        await askAll(house, refs);
        house.clock.advance(60_000);
      }
      const { answers: mended } = await askAll(house, refs);
      for (const [i, { body }] of mended.entries()) {
        const ref = refs[i]!;
        if (/nobody|phone:/.test(ref)) {
          expect(body.match, ref).toMatchObject({ state: "none", partial: false });
          continue;
        }
        expect(body.match, ref).toMatchObject({ state: "resolved", partial: false });
        for (const section of Object.values(body.sections)) expect(section?.problem, ref).toBeNull();
      }
    } finally {
      await house.close();
    }
  });
});
