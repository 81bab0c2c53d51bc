/** The text in a reader's language: of `pt-BR`, that of `pt-BR`, `pt`, or English. @param locale BCP 47 */
export function localizedText(texts: Readonly<Record<string, string>>, locale: string): string {
  const parts = locale.split("-");
  const tags = parts.map((_, i) => parts.slice(0, parts.length - i).join("-"));
  const tag = [...tags, "en"].find((name) => Object.hasOwn(texts, name));
  return (tag && texts[tag]) ?? "";
}
