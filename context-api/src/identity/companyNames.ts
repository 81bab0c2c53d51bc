import { foldText } from "./names.ts";

/** What two names say about two companies. `unknown`: one of them has no usable name. */
export type CompanyNameComparison = "same" | "related" | "different" | "unknown";

/** Legal forms of many countries, folded, and words that companies add or leave out. */
const legalForms = new Set(
  (
    "inc incorporated corp corporation co company llc llp lp plc ltd limited gmbh mbh ag kg kgaa ohg ug gbr ev eg se sa sas sasu sarl eurl snc srl spa sapa bv nv vof cv ab oy oyj as asa aps " +
    "pty pvt pte sdn bhd kk gk sl slu sc sca scrl bvba sprl spzoo zoo sro doo dd ad ead ood eood kft zrt nyrt rt oao ooo zao pao tov pjsc jsc saoc wll fze fzco dmcc ltda eireli me epp mei " +
    "sab cpa trust holding holdings group gruppe groupe the and und et y e"
  ).split(" "),
);
const writtenForms: readonly [RegExp, string][] = [
  [/gesellschaft mit beschrankter haftung|gesellschaft mbh|ges ?m ?b ?h/g, " gmbh "],
  [/aktiengesellschaft/g, " ag "],
  [/kommanditgesellschaft/g, " kg "],
  [/sociedad anonima|societe anonyme|societa per azioni|sociedade anonima/g, " sa "],
  [/societe a responsabilite limitee|sociedad limitada|societa a responsabilita limitata/g, " srl "],
  [/besloten vennootschap|naamloze vennootschap/g, " bv "],
  [/private limited|public limited company|limited liability (company|partnership)/g, " ltd "],
  [/sp(olka)? z ?o ?o|sp\. z o\.o\.?/g, " spzoo "],
];

function wordsOf(name: string | null): string[] {
  const folded = foldText(name ?? "")
    .replace(/(?<=\b[a-z])\.(?=[a-z]\b|[a-z]\.| |$)/g, "")
    .replace(/\([^)]*\)/g, " ")
    .replace(/['’`]/g, "");
  const plain = writtenForms.reduce((text, [pattern, form]) => text.replace(pattern, form), folded);
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  const coreWords = words.filter((word) => !legalForms.has(word));
  return coreWords.length > 0 ? coreWords : words;
}

/** The name without legal form and punctuation: "ACME Gesellschaft mbH" → "acme". */
export const coreCompanyName = (name: string): string => wordsOf(name).join("");

/** `acme` of acme.co.uk. @param domain registrable */
export const domainLabel = (domain: string): string => (domain.split(".", 1)[0] ?? "").replace(/[^a-z0-9]/g, "");

/**
 * Compares two company names without their legal forms. `related` is any hint that both may be names of one company: a common word, an
 * abbreviation, or one name within the other.
 */
export function compareCompanyNames(a: string | null, b: string | null): CompanyNameComparison {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  if (left.length === 0 || right.length === 0) return "unknown";
  const [leftText, rightText] = [left.join(""), right.join("")];
  if (leftText === rightText) return "same";
  const hasCommonWord = left.some((word) => word.length > 1 && right.includes(word));
  const isRelated =
    hasCommonWord || isWithin(leftText, rightText) || isAbbreviation(leftText, right) || isAbbreviation(rightText, left);
  return isRelated ? "related" : "different";
}

const isWithin = (a: string, b: string): boolean => {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short.length >= 3 && long.includes(short);
};

/** `ibm` for International Business Machines, `msft` for Microsoft. */
function isAbbreviation(short: string, words: readonly string[]): boolean {
  if (short.length < 2 || short.length > 5) return false;
  if (words.map((word) => word[0]).join("") === short) return true;
  const text = words.join("");
  if (text[0] !== short[0]) return false;
  let position = 0;
  for (const letter of text) if (letter === short[position]) position += 1;
  return position === short.length;
}
