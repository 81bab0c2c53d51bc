import { accountSection } from "@sidelight/context-api/context/sections/account.ts";
import { healthSection } from "@sidelight/context-api/context/sections/health.ts";
import { productSection } from "@sidelight/context-api/context/sections/product.ts";
import {
  type ComposedSection,
  type SectionDefinition,
  type SectionInput,
  toSection,
} from "@sidelight/context-api/context/sections/section.ts";
import { supportSection } from "@sidelight/context-api/context/sections/support.ts";
import { round } from "./measure.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const dayMs = 86_400_000;
const steps = ["Signed Up", "Project Created", "Invited", "Onboarded"];
const ticketsPerPerson = 3;
const usedDays = 45;
const rounds = 9;
/** In each round, because the kernel counts CPU time in steps of milliseconds. */
const repeats = 10;

/** The health section of large companies, with the history of the score and without it: CPU of each, median. The goal is 50 ms. */
export async function healthHistory(): Promise<void> {
  for (const size of [1_359, 5_000]) {
    const composed = compose(company(size));
    const current = composed.map((entry) => ({ ...entry, definition: withoutHistory(entry.definition) }));
    const [full, score] = [medianCpuMs(() => viewOf(composed)), medianCpuMs(() => viewOf(current))];
    const { history } = viewOf(composed).data as { history?: unknown[] };
    if (history?.length !== 13) throw new Error(`The history has ${history?.length} scores. Expected: 13.`);
    console.log(
      `  ${size} people, ${size * ticketsPerPerson} tickets: score ${round(score)} ms, with its history ${round(full)} ms CPU`,
    );
  }
}

const withoutHistory = ({ earlierHealthInputs: _, ...definition }: SectionDefinition): SectionDefinition => definition;

function medianCpuMs(work: () => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const cpu = process.threadCpuUsage();
    for (let i = 0; i < repeats; i++) work();
    const { user, system } = process.threadCpuUsage(cpu);
    return (user + system) / 1_000 / repeats;
  });
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
}

const viewOf = (composed: readonly ComposedSection[]) =>
  healthSection.view({ ...composed[0]!.input, composed, source: composed[0]!.input.source }, undefined);

const compose = (input: SectionInput): ComposedSection[] =>
  [accountSection, supportSection, productSection].map((definition) => ({
    definition,
    input,
    section: toSection(input, definition.view(input, undefined)),
  }));

/** A company whose people used the product on every other day of the last 90, with tickets and ratings of half a year. */
function company(size: number): SectionInput {
  const numbers = Array.from({ length: size }, (_, i) => i);
  const times = { changedAt: now, observedAt: now, sequence: 1, connection: "c" };
  const record = (object: string, id: number, data: object, edges: object[] = []) => ({
    ...{ key: `${object}:${id}`, ref: `${object}:${id}`, id: String(id), object, platform: "p", edges, ...times },
    data: { kind: object, ...data },
  });
  const instant = (days: number, n: number) => new Date(now - days * dayMs - (n % 1_440) * 60_000).toISOString();
  const dayBefore = (days: number) => new Date(now - days * dayMs).toISOString().slice(0, 10);
  const counts = { events: 3, sessions: 2, features: { Dashboards: 2, Exports: 1 } };
  const days = (n: number) =>
    Object.fromEntries(Array.from({ length: usedDays }, (_, i) => [dayBefore(2 * i + (n % 2)), counts]));
  const funnel = (n: number) => Object.fromEntries(steps.map((step, i) => [step, instant(80 - 10 * i, n)]));
  const tickets = numbers.flatMap((n) =>
    Array.from({ length: ticketsPerPerson }, (_, i) => {
      const age = ((n * 7 + i * 61) % 180) + 1;
      const isSolved = i > 0;
      return record("ticket", n * ticketsPerPerson + i, {
        ...{ subject: "Export", status: isSolved ? "solved" : "open", priority: n % 50 === 0 ? "urgent" : "normal" },
        ...{ createdAt: instant(age, n), updatedAt: instant(age - 1, n), solvedAt: isSolved ? instant(age * 0.8, n) : null },
        resolutionMinutes: isSolved ? 90 : null,
      });
    }),
  );
  const records = {
    ...{ kind: "company", node: "n", parent: null, subsidiaries: [], opportunities: [], activities: [], cases: [] },
    ...{ memberships: [], notes: [], tickets },
    company: { node: "n", records: [record("company", 1, { name: "Large", renewalDate: "2027-06-30", notMapped: [] })] },
    people: new Map(numbers.map((n) => [`p${n}`, [record("person", n, { productUse: null, optedOut: false })]])),
    ratings: numbers.map((n) => record("rating", n, { score: n % 5 === 0 ? "bad" : "good", at: instant(n % 180, n) })),
    usage: numbers.map((n) =>
      record("usage", n, { lastActiveAt: instant(0, n), days: days(n), funnel: funnel(n) }, [{ rel: "user", to: `person:${n}` }]),
    ),
  };
  return {
    ...{ now, timeZone: "Europe/Berlin", csatDays: 90, link: () => null, onProvenance: () => {} },
    survivorship: { holderOf: <T>(records: readonly T[]) => records[0] },
    ...{ records, allRecords: records },
    source: {
      ...{ observedAt: now, freshUntil: now, staleAt: now + 1, problem: null, isLate: false, isPushed: false },
      connections: [{ id: "c", platform: { name: "p" }, connector: { funnel: { name: "Onboarding", steps } } }],
    },
  } as unknown as SectionInput;
}
