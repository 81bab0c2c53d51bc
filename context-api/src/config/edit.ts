import { readFile, rename, writeFile } from "node:fs/promises";
import { Document, isMap, isSeq, parseDocument } from "yaml";

/** A connection as it stands in the file. */
export interface ConnectionEntry {
  id: string;
  platform: string;
  environment?: string;
  settings: Record<string, unknown>;
}

/** The configuration's text with the connection put in, or put in the place of one with its id. Comments stay. */
export function withConnection(text: string, tenant: string, connection: ConnectionEntry): string {
  const document = text.trim() === "" ? new Document({ version: 1, tenants: {} }) : parseDocument(text);
  const path = ["tenants", tenant, "connections"];
  if (!isMap(document.getIn(["tenants", tenant]))) document.setIn(["tenants", tenant], document.createNode({}));
  if (!isSeq(document.getIn(path))) document.setIn(path, document.createNode([]));
  const connections = document.getIn(path);
  if (!isSeq(connections)) throw new Error("the list of connections could not be made");
  const at = connections.items.findIndex((item) => isMap(item) && item.get("id") === connection.id);
  connections.flow = false;
  if (at === -1) connections.add(document.createNode(connection));
  else connections.set(at, document.createNode(connection));
  return document.toString();
}

/** The file's text; empty when there is none. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/** By rename: whoever reads the file sees the old text or the new one. */
export async function replaceFile(file: string, text: string, mode = 0o644): Promise<void> {
  await writeFile(`${file}.new`, text, { mode });
  await rename(`${file}.new`, file);
}
