import { createTranslator, type Messages } from "./translate.ts";

export type { Messages } from "./translate.ts";

/** What a panel says when it cannot draw. Needs nothing that may have failed. @param messages undefined for English */
export function brokenNotice(
  locale: string,
  messages: Messages | undefined,
): { panel: string; title: string; text: string; reload: string } {
  const t = createTranslator(locale, messages ?? {}, String);
  return {
    panel: t("label.panel"),
    title: t("notice.broken.title"),
    text: t("notice.broken.text"),
    reload: t("notice.action.reload"),
  };
}
