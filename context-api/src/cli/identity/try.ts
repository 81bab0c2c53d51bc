import { createReadStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { confidenceOf } from "../../identity/matching/clusterRecords.ts";
import { type InputRecord, inputRecord } from "../../identity/matching/inputRecord.ts";
import { matchRecords } from "../../identity/matching/matchRecords.ts";
import { CommandError } from "../errors.ts";

interface TryOptions {
  records: string;
  out: string;
}

/** `sidelight identity try`: matches the records of a file and writes the cluster of each. Needs no store and no configuration. */
export async function tryMatching({ records: source, out }: TryOptions): Promise<number> {
  const records = await readRecords(source);
  const { clustering } = matchRecords(records);
  const lines = records.map(({ id }, index) => {
    const first = clustering.clusterOf[index] ?? index;
    const confidence = confidenceOf(clustering.bitsOf[index] ?? Number.POSITIVE_INFINITY);
    return JSON.stringify({ id, cluster: records[first]?.id ?? id, confidence: Number(confidence.toFixed(4)) });
  });
  await replaceFile(out, lines);
  const clusters = new Set(clustering.clusterOf).size;
  process.stdout.write(`${records.length} records are ${clusters} ${clusters === 1 ? "person" : "people"}.\n`);
  const repeated = records.length - new Set(records.map(({ id }) => id)).size;
  if (repeated > 0)
    process.stderr.write(
      `Records whose id an earlier record has: ${repeated}. The lines of ${out} are in the order of the records.\n`,
    );
  return 0;
}

/** @throws {CommandError} naming the line that is no record */
async function readRecords(source: string): Promise<InputRecord[]> {
  const records: InputRecord[] = [];
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(source, "utf8"), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    const text = line.replace(/^\uFEFF/, "").trim();
    if (text !== "") records.push(recordOf(text, `${source}, line ${number}`));
  }
  return records;
}

function recordOf(line: string, location: string): InputRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new CommandError(
      `${location} is no JSON. Write one record a line, such as {"id":"1","name":"Ann Lee"}. Nothing was written.`,
    );
  }
  const { data, error } = inputRecord.safeParse(value);
  if (data) return data;
  const [issue] = error.issues;
  const member = issue?.path.join(".") || "the record";
  throw new CommandError(
    `${location}: ${member} is not valid (${issue?.message ?? "unknown"}). Correct the line. Nothing was written.`,
  );
}

/** Writes beside the file and renames, so that a reader never sees a part of it. */
async function replaceFile(path: string, lines: readonly string[]): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    for (let start = 0; start < lines.length; start += linesAtOnce)
      await file.writeFile(`${lines.slice(start, start + linesAtOnce).join("\n")}\n`);
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}
const linesAtOnce = 10_000;
