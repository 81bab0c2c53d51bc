import { Button } from "@zendeskgarden/react-buttons";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { type ConsolePage, pageGroups } from "../pages.ts";
import { SearchBox } from "../search/SearchBox.tsx";
import type { Session } from "../session/session.ts";
import { useAddress } from "./address.ts";

interface Props {
  page: ConsolePage;
  session: Session;
  onSignOut: () => void;
  children: ReactNode;
}

/** The frame of every page: navigation and sign-out. The navigation is beside the page, and a menu on a narrow screen. */
export function Layout({ page, session, onSignOut, children }: Props) {
  const [isMenuOpen, setMenuOpen] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const menuButton = useRef<HTMLButtonElement>(null);
  const address = useAddress().join("/");
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address closes the menu
  useEffect(() => setMenuOpen(false), [address]);

  const leaveMenu = (): void => {
    setMenuOpen(false);
    menuButton.current?.focus();
  };

  return (
    <div className="frame">
      <header className="bar">
        <Button
          ref={menuButton}
          className="menu-button"
          size="small"
          isBasic
          aria-expanded={isMenuOpen}
          aria-controls="pages"
          onClick={() => setMenuOpen(!isMenuOpen)}
        >
          Menu
        </Button>
        <strong>Sidelight</strong>
        <SearchBox session={session} />
        <span className="bar-end">
          <span className="muted small signed-in" title={`Role ${session.role}`}>
            {session.tenant}, {session.keyName}
          </span>
          <Button size="small" isBasic onClick={onSignOut}>
            Sign out
          </Button>
        </span>
      </header>
      <nav
        id="pages"
        className={isMenuOpen ? "pages pages-open" : "pages"}
        aria-label="Pages"
        onKeyDown={({ key }) => key === "Escape" && isMenuOpen && leaveMenu()}
      >
        {pageGroups.map(({ title, pages }) => (
          <section key={title} aria-label={title}>
            <p className="pages-title" aria-hidden="true">
              {title}
            </p>
            <ul>
              {pages.map(({ path, title: pageTitle }) => (
                <li key={path}>
                  <a
                    href={`#/${path}`}
                    aria-current={path === page.path ? "page" : undefined}
                    onClick={() => isMenuOpen && requestAnimationFrame(() => heading.current?.focus())}
                  >
                    {pageTitle}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <main className="page">
        <h1 ref={heading} tabIndex={-1}>
          {page.title}
        </h1>
        {children}
      </main>
    </div>
  );
}
