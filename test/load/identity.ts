import { type InputRecord, inputRecord } from "@sidelight/context-api/identity/matching/inputRecord.ts";
import { matchRecords } from "@sidelight/context-api/identity/matching/matchRecords.ts";

const people = 60_000;
const total = 100_000;
const syllables =
  "ba be bi bo bu da de di do du fa fe ga go ha he ka ki ko la le li lo ma me mi mo na ne ni no pa pe ra re ri ro sa se si so ta te ti to va ve wa za".split(
    " ",
  );
const givenNames =
  "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica Thomas Sarah Charles Karen Anna Peter Laura Simon Julia Martin Nina Oscar Petra Victor".split(
    " ",
  );

function createRandom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** People of 3,000 companies, two thirds of whom have one record or two, on three platforms, with misspelled names and missing values. */
export function generate(): InputRecord[] {
  const random = createRandom(7);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const word = () => pick(syllables) + pick(syllables) + pick(syllables);
  const companies = Array.from({ length: 3_000 }, (_, i) => `${word()}${i}`);
  const families = Array.from({ length: 8_000 }, word);
  const records: InputRecord[] = [];
  for (let i = 0; records.length < total; i = (i + 1) % people) {
    const seed = createRandom(i + 1);
    const given = givenNames[seed(givenNames.length)] ?? "";
    const family = families[seed(families.length)] ?? "";
    const company = companies[seed(companies.length)] ?? "";
    const spelled = random(8) === 0 ? family.slice(0, 3) + family.slice(4) : family;
    records.push(
      inputRecord.parse({
        id: String(records.length),
        platform: pick(["salesforce", "zendesk", "mixpanel"]),
        name: `${given} ${spelled}`,
        emails: random(10) === 0 ? null : `${given}.${family}${i}@${company}.com`.toLowerCase(),
        phones:
          random(3) === 0 ? `+1 ${200 + (i % 700)} ${String(1_000_000 + i).slice(0, 3)} ${String(10_000 + i).slice(-4)}` : null,
        company: random(2) === 0 ? company : null,
        externalIds: random(2) === 0 ? { user: `u_${i}` } : null,
      }),
    );
  }
  return records;
}

function cpuOf<T>(run: () => T): { result: T; seconds: number } {
  const start = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(start);
  return { result, seconds: (user + system) / 1e6 };
}

/** The matching of 100,000 people, and 5,000 holders of one address against 5,000 of their own. */
export async function identity(): Promise<void> {
  const records = generate();
  const { result, seconds } = cpuOf(() => matchRecords(records));
  const clusters = new Set(result.clustering.clusterOf).size;
  console.log(`${total} records: ${seconds.toFixed(1)} s of processor time, ${result.bits.length} pairs, ${clusters} people`);
  console.log(`largest memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
  const own = records.slice(0, 5_000);
  const shared = own.map((record) => ({ ...record, emails: ["reception@one-address.com"] }));
  const held = own.map((record) => ({ ...record, emails: ["thelees@one-address.com"] }));
  const cost = cpuOf(() => matchRecords(own)).seconds;
  for (const [label, list] of [
    ["a role's address", shared],
    ["one address", held],
  ] as const)
    console.log(
      `5,000 holders of ${label}: ${(cpuOf(() => matchRecords(list)).seconds / cost).toFixed(2)} of 5,000 with their own`,
    );
}
