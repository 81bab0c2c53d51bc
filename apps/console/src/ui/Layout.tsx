import { Button } from "@zendeskgarden/react-buttons";
import type { ReactNode } from "react";
import { type ConsolePage, pages } from "../pages.ts";

interface Props {
  page: ConsolePage;
  onSignOut: () => void;
  children: ReactNode;
}

/** The frame of every page: navigation and sign-out. */
export function Layout({ page, onSignOut, children }: Props) {
  return (
    <>
      <header className="bar">
        <strong>Sidelight</strong>
        <nav aria-label="Pages">
          {pages.map(({ path, title }) => (
            <a key={path} href={`#/${path}`} aria-current={path === page.path ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <Button size="small" isBasic onClick={onSignOut}>
          Sign out
        </Button>
      </header>
      <main className="page">
        <h1>{page.title}</h1>
        {children}
      </main>
    </>
  );
}
