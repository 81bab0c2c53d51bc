import type { SearchHit } from "@sidelight/contracts/search/search.ts";
import { Input } from "@zendeskgarden/react-forms";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { failureText, type Session } from "../session/session.ts";
import { useAddress } from "../ui/address.ts";
import { Hits } from "./Hits.tsx";

type Found = { state: "searching" } | { state: "found"; items: SearchHit[] } | { state: "failed"; problem: string };

/** Finds what an id or a value names. What is entered stays out of the address: it can be a customer's. */
export function SearchBox({ session }: { session: Session }) {
  const [query, setQuery] = useState("");
  const [hits, setFound] = useState<Found | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const attempt = useRef(0);
  const address = useAddress().join("/");
  // biome-ignore lint/correctness/useExhaustiveDependencies: a hit that was followed closes the list
  useEffect(() => setFound(null), [address]);
  useSlashKey(() => input.current?.focus());

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const text = query.trim();
    if (text === "") return setFound(null);
    attempt.current += 1;
    const ownAttempt = attempt.current;
    setFound({ state: "searching" });
    const result = await session
      .run((client) => client.search(text))
      .then(
        ({ items }): Found => ({ state: "found", items }),
        (error: unknown): Found => ({ state: "failed", problem: failureText(error) }),
      );
    if (ownAttempt === attempt.current) setFound(result);
  };
  const close = (): void => {
    attempt.current += 1;
    setFound(null);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && hits) {
      event.preventDefault();
      close();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...(form.current?.querySelectorAll<HTMLElement>(".hit a") ?? [])];
    const index = links.indexOf(document.activeElement as HTMLElement) + (event.key === "ArrowDown" ? 1 : -1);
    const target = index < 0 ? input.current : links[Math.min(index, links.length - 1)];
    if (!target) return;
    event.preventDefault();
    target.focus();
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: React 18 does not know the element search
    <form ref={form} className="search" role="search" onSubmit={submit} onKeyDown={onKeyDown}>
      <Input
        ref={input}
        isCompact
        type="search"
        autoComplete="off"
        spellCheck={false}
        maxLength={600}
        aria-label="Search"
        placeholder="Any id, ref, e-mail or phone"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      {hits && (
        <div className="search-results">
          <Hits found={hits} onClose={close} />
        </div>
      )}
    </form>
  );
}

/** "/" goes to the search, unless a person enters text. */
function useSlashKey(focus: () => void): void {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      const target = event.target as HTMLElement | null;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || target?.matches("input, textarea, select"))
        return;
      event.preventDefault();
      focus();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}
