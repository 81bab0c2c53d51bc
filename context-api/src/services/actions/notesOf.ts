import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import type { Reader } from "../../log/reader.ts";
import { ProblemError, shownId } from "../problemError.ts";
import type { ActionTarget } from "./actionTarget.ts";
import { noteRef } from "./noteEvent.ts";

/**
 * A note about the customer, or about the company of a person.
 * @throws {ProblemError} not_found
 */
export async function findNote(reader: Reader, { records }: ActionTarget, id: string): Promise<StoredRecord<"note">> {
  const [note] = ofKind(await reader.records([reader.key(noteRef(id))]), "note");
  if (note && (await isAboutCustomer(reader, records, note))) return note;
  throw new ProblemError("not_found", `There is no note ${shownId(id)} about this customer. Its context lists them.`);
}

/** The record that a note is about. */
export const aboutOf = ({ edges, ref }: StoredRecord<"note">): string => edges.find(({ rel }) => rel === "about")?.to ?? ref;

async function isAboutCustomer(reader: Reader, records: ActionTarget["records"], note: StoredRecord<"note">): Promise<boolean> {
  const subject = aboutOf(note);
  if (records.some(({ ref }) => ref === subject)) return true;
  const companies = records.flatMap(({ edges }) =>
    edges.filter(({ rel }) => rel === "account" || rel === "organization").map(({ to }) => reader.key(to)),
  );
  const nodes = await reader.nodesOf([...companies, reader.key(subject)]);
  const node = nodes.get(reader.key(subject));
  return node !== undefined && companies.some((key) => nodes.get(key) === node);
}
