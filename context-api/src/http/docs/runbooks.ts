import { readFile } from "node:fs/promises";
import { Marked } from "marked";
import { type AlertKind, alertKinds } from "../../config/alertKinds.ts";
import { runbookFolder } from "./folder.ts";

const isKind = (name: string): name is AlertKind => (alertKinds as readonly string[]).includes(name);

const markdown = new Marked({
  renderer: {
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      const kind = /^([a-z_]+)\.md$/.exec(href)?.[1];
      if (kind !== undefined && isKind(kind)) return `<a href="/docs/runbooks/${kind}">${text}</a>`;
      // Other pages of the documentation are in the repository only.
      return /^https?:/.test(href) ? `<a href="${href}">${text}</a>` : text;
    },
  },
});

/** The page about a kind of alert as HTML; null when there is none. */
export async function runbookBody(name: string): Promise<string | null> {
  if (!isKind(name)) return null;
  const text = await readFile(new URL(`${name}.md`, runbookFolder), "utf8").catch(() => null);
  return text === null ? null : await markdown.parse(text);
}

export const runbookIndex = (): string =>
  `<h1>Runbooks</h1><p>One page for each kind of alert: what it means, how to check, how to fix, and when to ignore it.</p><ul>${alertKinds.map((kind) => `<li><a href="/docs/runbooks/${kind}">${kind}</a></li>`).join("")}</ul>`;
