import type { Section } from "@sidelight/contracts/context/sections.ts";
import { type Body, type Source, whenOf } from "../parts.ts";
import { item, list } from "../rows.ts";
import type { Scope } from "../scope.ts";

export function notesBody(scope: Scope, source: Source<Section<"notes">>): Body {
  const { t } = scope;
  const data = source.section.data;
  if (!data) return {};
  const pinnedFirst = [...data.items].sort((a, b) => Number(b.pinned) - Number(a.pinned));
  const items = pinnedFirst.map((note) =>
    item({
      key: note.id,
      title: note.body,
      detail: note.author ?? note.role,
      tag: note.pinned ? { text: t("notes.pinned"), tone: "neutral" } : null,
      ...whenOf(scope, note.at),
    }),
  );
  return {
    lists: [list(scope, "notes", t("section.notes"), items, t("section.empty.notes"), 3)],
  };
}
