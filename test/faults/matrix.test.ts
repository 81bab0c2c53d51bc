import { Context } from "@sidelight/contracts/context/context.ts";
import { advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { describe, expect, it } from "vitest";
import { type ApiResponse, type Harness, openHarness } from "../harness/harness.ts";
import { FAULT_KINDS, type FaultKind } from "../lab/simulators/faults.ts";
import type { LabTenant } from "../lab/simulators/lab.ts";
import { PLATFORMS, type Platform } from "../lab/simulators/log.ts";

// Every platform × every kind of fault × every kind of ref, for customers without an earlier read. The full run does all of it;
// otherwise each kind of fault runs once, on alternating platforms.
const isFull = process.env["SIDELIGHT_FULL"] === "1";
const cells = PLATFORMS.flatMap((platform, p) =>
  FAULT_KINDS.flatMap((kind, k) => (isFull || k % PLATFORMS.length === p ? [[platform, kind] as const] : [])),
);
const deadlineMs = 900;
const sectionOf = { salesforce: "account", zendesk: "support", mixpanel: "product" } as const;

/** A ref of each kind, of unrelated people and companies. */
function refsOf({ world }: LabTenant): string[] {
  const { salesforce: sf, zendesk: zd } = world.ids;
  const people = world.people.filter((p) => p.salesforce && p.zendesk && p.mixpanel && p.company !== null && p.tags.length <= 2);
  const companies = [...new Set(people.map((p) => p.company!))];
  const person = (i: number) => people[i % people.length]!;
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

async function readAll(harness: Harness, refs: string[]): Promise<{ answers: ApiResponse[]; ms: number }> {
  const { value, ms } = await advanceUntilSettled(harness.clock, Promise.all(refs.map((ref) => harness.context(ref))));
  return { answers: value, ms };
}

describe.each(cells)("%s with %s", (platform: Platform, kind: FaultKind) => {
  it("every kind of ref gets a correct response by its deadline, and recovers automatically", async () => {
    const harness = await openHarness({ pull: false });
    try {
      const refs = refsOf(harness.lab.tenants["acme"]!);
      harness.lab.faults.add({ platform, kind, rate: 1, ms: 5_000, seed: 11 });
      const startedAt = harness.clock.now();
      const { answers, ms } = await readAll(harness, refs);
      expect(ms).toBeLessThanOrEqual(deadlineMs + 100);
      for (const [i, { status, body }] of answers.entries()) {
        const ref = refs[i]!;
        expect(status, ref).toBe(200);
        expect(Context.safeParse(body).error, ref).toBeUndefined();
        // A customer who is not found while a platform is down may exist.
        const { state, partial, searched } = body.match;
        const entry = searched.find((s) => s.platform === platform);
        if (state === "none") expect(partial, ref).toBe(entry !== undefined);
        // A platform that failed or was not called must not be reported as a platform without a match.
        if (entry) expect(entry.state, ref).toBe("unavailable");
        if (ref.startsWith("phone:")) expect(searched.map((s) => s.platform)).toEqual(["zendesk"]);
        // A section's state follows the age of its value alone; what fails is shown beside it.
        for (const { state, staleAt } of Object.values(body.sections) as { state: string; staleAt: string | null }[]) {
          if (staleAt === null || !["ok", "stale"].includes(state)) continue;
          expect(state, ref).toBe(Date.parse(staleAt) > startedAt ? "ok" : "stale");
        }
        const section = body.sections[sectionOf[platform]];
        if (section && section.data === null && section.state !== "empty" && section.state !== "consent_withheld") {
          expect(["pending", "error"], `${ref} ${section.state}`).toContain(section.state);
        }
      }

      harness.lab.faults.clear();
      // Longer than every delay that a platform requests.
      harness.clock.advance(20 * 60_000);
      for (let pass = 0; pass < 2; pass++) {
        await readAll(harness, refs);
        harness.clock.advance(60_000);
      }
      const { answers: recovery } = await readAll(harness, refs);
      for (const [i, { body }] of recovery.entries()) {
        const ref = refs[i]!;
        if (/nobody|phone:/.test(ref)) {
          expect(body.match, ref).toMatchObject({ state: "none", partial: false });
          continue;
        }
        expect(body.match, ref).toMatchObject({ state: "resolved", partial: false });
        for (const section of Object.values(body.sections)) expect(section?.problem, ref).toBeNull();
      }
    } finally {
      await harness.close();
    }
  });
});
