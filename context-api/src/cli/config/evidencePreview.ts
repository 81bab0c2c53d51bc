import { hostOfWebsite } from "@sidelight/model/identifiers/domainName.ts";
import { canonicalEmail } from "@sidelight/model/identifiers/emailAddress.ts";
import { canonicalPhone } from "@sidelight/model/identifiers/phoneNumber.ts";
import { canonicalCrmId, canonicalUserId } from "@sidelight/model/identifiers/recordIds.ts";
import type { EvidenceConfig } from "../../config/evidence.ts";
import type { Reader } from "../../log/reader.ts";

/** An ignored value and the stored records that still have it as evidence. */
interface EvidencePreview {
  /** Below `identity.evidence`, without the value: `ignored.emails.0`. */
  path: string;
  records: number;
}

/** True when the configuration names anything. */
export const hasEvidence = ({ roleMailboxes, ignored }: EvidenceConfig): boolean =>
  roleMailboxes.length > 0 || Object.values(ignored).some((values) => values.length > 0);

/** How many stored records have each ignored value as evidence, until they are read again. */
export async function previewEvidence(reader: Reader, { ignored }: EvidenceConfig): Promise<EvidencePreview[]> {
  const previews: EvidencePreview[] = [];
  for (const [list, values] of Object.entries(ignored) as [keyof typeof ignored, string[]][])
    for (const [i, text] of values.entries()) {
      const keys = new Set<string>();
      for (const [kind, value] of identifiersOf(list, text))
        for (const key of value === null ? [] : await reader.allHolders(kind, value)) keys.add(key);
      if (keys.size > 0) previews.push({ path: `ignored.${list}.${i}`, records: keys.size });
    }
  return previews;
}

function identifiersOf(list: keyof EvidenceConfig["ignored"], text: string): [kind: string, value: string | null][] {
  switch (list) {
    case "emails":
      return [["email", canonicalEmail(text)]];
    case "domains":
      return ["domain", "email_domain"].map((kind) => [kind, hostOfWebsite(text)?.replace(/^www\./, "") ?? null]);
    case "phones":
      return [["phone", canonicalPhone(text, null)]];
    case "ids":
      return [
        ["product_user", canonicalUserId(text)],
        ["crm_id", canonicalCrmId(text)],
      ];
  }
}

/** The lines of `config check`. */
export function evidenceText(previews: readonly EvidencePreview[]): string {
  const head =
    "  identity.evidence: applies to new and changed records at once. Stored records keep their evidence until they are read again: at the next pull, or within a day.\n";
  return (
    head + previews.map(({ path, records }) => `    ${path}: ${records} stored record${records === 1 ? "" : "s"}\n`).join("")
  );
}
