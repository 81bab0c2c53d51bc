import { type Comparison, comparisons, facts } from "./comparison.ts";

/** A reason in words, without a value of the records. */
export interface MatchReason {
  rule: string;
  text: string;
  /** Set for what speaks against the match. */
  isContradiction?: true;
}

const texts: Record<string, Record<string, string>> = {
  given: {
    form: "one given name is a form of the other",
    initial: "one given name is the initial of the other",
    typo: "the given names differ by a misspelling",
    similar: "the given names are similar",
    different: "the given names contradict each other",
  },
  family: {
    typo: "the family names differ by a misspelling",
    part: "one family name contains the other",
    similar: "the family names are similar",
    different: "the family names contradict each other",
  },
  birth: { same: "the same birth date", close: "birth dates that differ by a misspelling", different: "different birth dates" },
  address: {
    "street and town": "the same postal address",
    street: "the same street",
    postcode: "the same postcode",
    locality: "the same town",
    different: "different postal addresses",
  },
  email: {
    same: "the same e-mail address",
    typo: "e-mail addresses that differ by a misspelling",
    "same mailbox name": "the same mailbox name at two domains",
    "mailbox spells the name": "the address only spells the name, so it is no second proof",
    "shared mailbox": "the same address, which several people or a function use",
    different: "different e-mail addresses",
  },
  phone: { same: "the same phone number", typo: "phone numbers that differ by one digit", different: "different phone numbers" },
  company: { same: "the same company", similar: "similar company names", different: "different companies" },
  ids: { same: "the same id in another system", different: "different ids in one system" },
};

const contradiction = { isContradiction: true } as const;

/** What speaks for and against a match, in words. */
export function reasonsOf({ levels, isNumbered }: Pick<Comparison, "levels" | "isNumbered">): MatchReason[] {
  const [givenLevel = 0, familyLevel = 0] = levels;
  const sameName = givenLevel === 1 && familyLevel === 1 ? [{ rule: "name", text: "the same name" }] : [];
  const named = facts.flatMap((fact, index) => {
    const label = comparisons[fact][levels[index] ?? 0] ?? "missing";
    const text = texts[fact]?.[label];
    if (text === undefined) return [];
    const rule = fact === "given" || fact === "family" ? "name" : fact;
    return [{ rule, text, ...(label === "different" ? contradiction : {}) }];
  });
  const numbered = isNumbered
    ? [{ rule: "email", text: "addresses of one domain that differ by a number", ...contradiction }]
    : [];
  return [...sameName, ...named, ...numbered];
}
