import { readFile, rename, writeFile } from "node:fs/promises";
import { Document, isMap, isSeq, parseDocument } from "yaml";

/** A connection as it is written in the file. */
export interface ConnectionEntry {
  id: string;
  platform: string;
  environment?: string;
  settings: Record<string, unknown>;
}

/** The configuration's text with the connection added, or replaced if one has its id. Comments stay. */
export function withConnection(text: string, tenant: string, connection: ConnectionEntry): string {
  const document = text.trim() === "" ? new Document({ version: 1, tenants: {} }) : parseDocument(text);
  const path = ["tenants", tenant, "connections"];
  if (!isMap(document.getIn(["tenants", tenant]))) document.setIn(["tenants", tenant], document.createNode({}));
  if (!isSeq(document.getIn(path))) document.setIn(path, document.createNode([]));
  const connections = document.getIn(path);
  if (!isSeq(connections)) throw new Error("the list of connections could not be created");
  const index = connections.items.findIndex((item) => isMap(item) && item.get("id") === connection.id);
  connections.flow = false;
  if (index === -1) connections.add(document.createNode(connection));
  else connections.set(index, document.createNode(connection));
  return document.toString();
}

/** The file's text; empty when there is no file. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/** Replaces a file by rename: a reader sees the old text or the new one, never a part. */
export async function replaceFile(file: string, text: string, mode = 0o644): Promise<void> {
  await writeFile(`${file}.new`, text, { mode });
  await rename(`${file}.new`, file);
}
