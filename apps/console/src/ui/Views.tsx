import type { ComponentType } from "react";
import type { PageProps } from "../session/session.ts";
import { useAddress } from "./address.ts";

export interface PageView {
  /** Part of the address: `#/identity/history`. The first view has none. */
  path: string;
  title: string;
  View: ComponentType<PageProps>;
}

interface Props extends PageProps {
  /** Path of the page. */
  page: string;
  views: readonly [PageView, ...PageView[]];
}

/** The views of a page. The address names the one that is shown. */
export function Views({ page, views, session }: Props) {
  const [, path = ""] = useAddress();
  const current = views.find((view) => view.path === path) ?? views[0];
  return (
    <>
      <nav className="views" aria-label="Views">
        {views.map(({ path: viewPath, title }) => (
          <a
            key={viewPath}
            href={`#/${page}${viewPath && `/${viewPath}`}`}
            aria-current={viewPath === current.path ? "page" : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <current.View key={current.path} session={session} />
    </>
  );
}
